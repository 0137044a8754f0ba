// The call with curl, in either dialect.
import type { AccessKind } from '../call/call.ts';
import { qianfanSecrets } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

export const curlSample: Sample = {
  id: 'curl',
  label: 'curl',
  dialect: undefined,
  fileName: 'completion.sh',
  install: '',
  run: 'bash completion.sh',
  secrets: ({ dialect, access }) => (dialect === 'v1' ? v1Secrets[access] : ['OPENAI_API_KEY']),
  write: (call) => (call.dialect === 'v1' ? writeV1(call) : writeOpenAi(call)),
};

const v1Secrets: Readonly<Record<AccessKind, readonly string[]>> = {
  keys: qianfanSecrets,
  access_token: ['QIANFAN_ACCESS_TOKEN'],
  bearer: ['BEARER_TOKEN'],
};

const exchange = `# The keys are exchanged for an access_token, which lives 30 days.
token=$(curl -sSf --get "$base_url/oauth/2.0/token" \\
  --data-urlencode grant_type=client_credentials \\
  --data-urlencode "client_id=$QIANFAN_ACCESS_KEY" \\
  --data-urlencode "client_secret=$QIANFAN_SECRET_KEY" |
  sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p')

`;

function writeV1(call: SampleCall): string {
  const { gatewayUrl, access, endpoint, stream, prompt, parameters, headers } = call;
  const body = { prompt, ...(stream ? { stream } : {}), ...parameters };
  const path = `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${encodeURIComponent(endpoint)}`;
  const query = { keys: '?access_token=$token', access_token: '?access_token=$QIANFAN_ACCESS_TOKEN', bearer: '' }[
    access
  ];
  const header = access === 'bearer' ? `\n  -H "Authorization: Bearer $BEARER_TOKEN" \\` : '';
  return `#!/usr/bin/env bash
set -euo pipefail

base_url=${quoteShell(gatewayUrl)}

${access === 'keys' ? exchange : ''}curl -sS${stream ? 'N' : ''} "$base_url${path}${query}" \\${header}
  -H 'Content-Type: application/json' \\${writeHeaders(headers)}
  -d ${quoteShell(JSON.stringify(body, undefined, 2))}
`;
}

function writeOpenAi({ gatewayUrl, model, stream, prompt, parameters, headers }: SampleCall): string {
  const body = { model: model.trim(), prompt, ...(stream ? { stream } : {}), ...parameters };
  return `#!/usr/bin/env bash
set -euo pipefail

curl -sS${stream ? 'N' : ''} ${quoteShell(`${gatewayUrl}/v1/completions`)} \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\${writeHeaders(headers)}
  -d ${quoteShell(JSON.stringify(body, undefined, 2))}
`;
}

function writeHeaders(headers: SampleCall['headers']): string {
  return headers.map(([name, value]) => `\n  -H ${quoteShell(`${name}: ${value}`)} \\`).join('');
}

function quoteShell(text: string): string {
  return `'${text.replaceAll(`'`, `'\\''`)}'`;
}
