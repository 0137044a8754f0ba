#!/usr/bin/env bash
# The gateway with curl: in Qianfan's V1 protocol a completion with OAuth keys and a stream with IAM keys, in OpenAI's
# protocol a completion and a stream. Needs curl and openssl.
set -euo pipefail

base_url=${QIANFAN_BASE_URL:-http://127.0.0.1:8787}
# One client of the gateway: its id and secret serve for both.
id=${CLIENT_ID:-demo}
secret=${CLIENT_SECRET:-demo-secret}
completions=/rpc/2.0/ai_custom/v1/wenxinworkshop/completions

echo '# OAuth: exchange the keys for an access_token, which lives 30 days'
token=$(curl -sS "$base_url/oauth/2.0/token?grant_type=client_credentials&client_id=$id&client_secret=$secret" |
  sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
curl -sS "$base_url$completions/codellama_7b_instruct?access_token=$token" \
  -H 'Content-Type: application/json' \
  -d '{"prompt": "In Bash, how do I list all text files?"}'
echo

echo '# IAM: sign each request with bce-auth-v1'
hmac() { printf '%s' "$2" | openssl dgst -sha256 -hmac "$1" | sed 's/^.* //'; }
url=$base_url$completions/codellama_7b_instruct
host_and_path=${url#*://}
host=${host_and_path%%/*}
prefix="bce-auth-v1/$id/$(date -u +%Y-%m-%dT%H:%M:%SZ)/1800"
canonical_request=$(printf 'POST\n/%s\n\nhost:%s' "${host_and_path#*/}" "${host/:/%3A}")
signature=$(hmac "$(hmac "$secret" "$prefix")" "$canonical_request")
curl -sSN "$url" \
  -H "Authorization: $prefix/host/$signature" \
  -H 'Content-Type: application/json' \
  -d '{"prompt": "In Bash, how do I list all text files?", "stream": true}'
echo

echo '# OpenAI: the secret alone is the key'
curl -sS "$base_url/v1/completions" \
  -H "Authorization: Bearer $secret" \
  -H 'Content-Type: application/json' \
  -d '{"model": "CodeLlama-7b-Instruct", "prompt": "In Bash, how do I list all text files?"}'
echo
curl -sSN "$base_url/v1/completions" \
  -H "Authorization: Bearer $secret" \
  -H 'Content-Type: application/json' \
  -d '{"model": "CodeLlama-7b-Instruct", "prompt": "In Bash, how do I list all text files?", "stream": true}'
