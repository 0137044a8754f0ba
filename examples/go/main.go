// The official Go SDK on the gateway: go mod tidy && go run .
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/baidubce/bce-qianfan-sdk/go/qianfan"
)

func setDefault(name, value string) {
	if os.Getenv(name) == "" {
		os.Setenv(name, value)
	}
}

func main() {
	setDefault("QIANFAN_BASE_URL", "http://127.0.0.1:8787")
	// Not QIANFAN_CONSOLE_API_BASE_URL, as the other SDKs have it.
	setDefault("QIANFAN_CONSOLE_BASE_URL", os.Getenv("QIANFAN_BASE_URL"))
	// IAM keys: the SDK signs each request. For OAuth name them QIANFAN_AK and QIANFAN_SK instead.
	setDefault("QIANFAN_ACCESS_KEY", "demo")
	setDefault("QIANFAN_SECRET_KEY", "demo-secret")

	ctx := context.Background()
	prompt := "In Bash, how do I list all text files?"
	// WithEndpoint("lbwxxxd4_starcoder") instead calls a service you published.
	completion := qianfan.NewCompletion(qianfan.WithModel("CodeLlama-7b-Instruct"))

	answer, err := completion.Do(ctx, &qianfan.CompletionRequest{Prompt: prompt})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Result)

	stream, err := completion.Stream(ctx, &qianfan.CompletionRequest{Prompt: prompt})
	if err != nil {
		log.Fatal(err)
	}
	for {
		frame, err := stream.Recv()
		if err != nil {
			log.Fatal(err)
		}
		if stream.IsEnd {
			break
		}
		fmt.Print(frame.Result)
	}
	fmt.Println()
}
