module example

go 1.19

require github.com/baidubce/bce-qianfan-sdk/go/qianfan v0.0.15
