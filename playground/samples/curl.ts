// The call with curl, in either dialect.
import { qianfanSecrets } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

export const curlSample: Sample = {
  id: 'curl',
  label: 'curl',
  dialect: undefined,
  fileName: 'completion.sh',
  install: '',
  run: 'bash completion.sh',
  secrets: (dialect) => (dialect === 'v1' ? qianfanSecrets : ['OPENAI_API_KEY']),
  write: (call) => (call.dialect === 'v1' ? writeV1(call) : writeOpenAi(call)),
};

function writeV1(call: SampleCall): string {
  const { gatewayUrl, endpoint, stream, prompt, parameters } = call;
  const body = { prompt, ...(stream ? { stream } : {}), ...parameters };
  const path = `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${encodeURIComponent(endpoint)}`;
  return `#!/usr/bin/env bash
set -euo pipefail

base_url=${quoteShell(gatewayUrl)}

# The keys are exchanged for an access_token, which lives 30 days.
token=$(curl -sS --get "$base_url/oauth/2.0/token" \\
  --data-urlencode grant_type=client_credentials \\
  --data-urlencode "client_id=$QIANFAN_ACCESS_KEY" \\
  --data-urlencode "client_secret=$QIANFAN_SECRET_KEY" |
  sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p')

curl -sS${stream ? 'N' : ''} "$base_url${path}?access_token=$token" \\
  -H 'Content-Type: application/json' \\
  -d ${quoteShell(JSON.stringify(body, undefined, 2))}
`;
}

function writeOpenAi({ gatewayUrl, model, stream, prompt, parameters }: SampleCall): string {
  const body = { model: model.trim(), prompt, ...(stream ? { stream } : {}), ...parameters };
  return `#!/usr/bin/env bash
set -euo pipefail

curl -sS${stream ? 'N' : ''} ${quoteShell(`${gatewayUrl}/v1/completions`)} \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${quoteShell(JSON.stringify(body, undefined, 2))}
`;
}

function quoteShell(text: string): string {
  return `'${text.replaceAll(`'`, `'\\''`)}'`;
}
