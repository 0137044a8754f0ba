# The official Python SDK on the gateway: pip install -r requirements.txt && python main.py
import os

import qianfan

os.environ.setdefault("QIANFAN_BASE_URL", "http://127.0.0.1:8787")
os.environ.setdefault("QIANFAN_CONSOLE_API_BASE_URL", os.environ["QIANFAN_BASE_URL"])
# IAM keys: the SDK signs each request. For OAuth name them QIANFAN_AK and QIANFAN_SK instead.
os.environ.setdefault("QIANFAN_ACCESS_KEY", "demo")
os.environ.setdefault("QIANFAN_SECRET_KEY", "demo-secret")

PROMPT = "In Bash, how do I list all text files?"

completion = qianfan.Completion()

# endpoint="lbwxxxd4_starcoder" instead of model calls a service you published.
response = completion.do(model="CodeLlama-7b-Instruct", prompt=PROMPT)
print(response["body"]["result"])

for frame in completion.do(model="CodeLlama-7b-Instruct", prompt=PROMPT, stream=True):
    print(frame["body"]["result"], end="", flush=True)
print()
