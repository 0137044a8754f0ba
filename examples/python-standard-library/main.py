"""Completions of the gateway with Python's standard library alone: python3 main.py

In the protocol of Qianfan V1 and in that of OpenAI, each whole and as a stream.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request

BASE_URL = os.environ.get("QIANFAN_BASE_URL", "http://127.0.0.1:8787")
# One client of the gateway. In the protocol of OpenAI its secret alone is the key.
CLIENT_ID = os.environ.get("CLIENT_ID", "demo")
CLIENT_SECRET = os.environ.get("CLIENT_SECRET", "demo-secret")

PROMPT = "In Bash, how do I list all text files?"


def send(path, body=None, headers=None):
    """Sends a request, a POST if it has a body, and returns the response. The time-out is for each silence, in seconds."""
    request = urllib.request.Request(
        BASE_URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    try:
        return urllib.request.urlopen(request, timeout=120)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"HTTP {error.code}: {error.read().decode(errors='replace')}")


def read_events(response):
    """Yields the data of each server-sent event; the gateway writes one line of data for each."""
    for line in response:
        if line.startswith(b"data: "):
            yield line[len(b"data: ") :].decode().strip()


# --- Qianfan V1: an access_token in the query; errors come with HTTP 200, on streams too ---


def check(answer):
    if "error_code" in answer:
        raise SystemExit(f"Error {answer['error_code']}: {answer['error_msg']}")
    return answer


def get_access_token():
    query = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with send("/oauth/2.0/token?" + urllib.parse.urlencode(query)) as response:
        return json.load(response)["access_token"]


def complete_v1(token):
    with send(v1_path(token), {"prompt": PROMPT}) as response:
        return check(json.load(response))["result"]


def stream_v1(token):
    with send(v1_path(token), {"prompt": PROMPT, "stream": True}) as response:
        if not response.headers["Content-Type"].startswith("text/event-stream"):
            check(json.load(response))
        for data in read_events(response):
            frame = check(json.loads(data))
            yield frame["result"]
            if frame["is_end"]:
                return
    raise SystemExit("The stream ended before the answer was complete")


def v1_path(token):
    completions = "/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/codellama_7b_instruct"
    return completions + "?" + urllib.parse.urlencode({"access_token": token})


# --- OpenAI: the secret as Bearer key; errors have an HTTP status of their own ---


def complete_openai():
    with send_openai({}) as response:
        return json.load(response)["choices"][0]["text"]


def stream_openai():
    with send_openai({"stream": True}) as response:
        for data in read_events(response):
            if data == "[DONE]":
                return
            event = json.loads(data)
            if "error" in event:
                raise SystemExit(f"{event['error']['code']}: {event['error']['message']}")
            for choice in event["choices"]:
                yield choice["text"]
    raise SystemExit("The stream ended before the answer was complete")


def send_openai(more):
    body = {"model": "CodeLlama-7b-Instruct", "prompt": PROMPT, **more}
    return send("/v1/completions", body, {"Authorization": "Bearer " + CLIENT_SECRET})


def main():
    token = get_access_token()
    print(complete_v1(token))
    for text in stream_v1(token):
        print(text, end="", flush=True)
    print()
    print(complete_openai())
    for text in stream_openai():
        print(text, end="", flush=True)
    print()


if __name__ == "__main__":
    main()
