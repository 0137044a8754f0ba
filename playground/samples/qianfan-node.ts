// The call with the Qianfan SDK for Node.
import { findPreset, qianfanSecrets, quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

export const qianfanNodeSample: Sample = {
  id: 'qianfan-node',
  label: 'Qianfan · Node',
  dialect: 'v1',
  fileName: 'completion.mjs',
  install: 'npm install @baiducloud/qianfan@0.2.4',
  run: 'node completion.mjs',
  secrets: () => qianfanSecrets,
  write,
};

function write(call: SampleCall): string {
  const { gatewayUrl, stream, prompt, parameters, endpoint } = call;
  const preset = findPreset(call);
  const body = JSON.stringify({ prompt, ...(stream ? { stream } : {}), ...parameters }, undefined, 2);
  const invocation = preset === undefined ? `client.completions(body)` : `client.completions(body, ${quote(preset)})`;
  const answer = stream
    ? `for await (const frame of answer) process.stdout.write(frame.result);
process.stdout.write('\\n');`
    : `console.log(answer.result);`;
  return `import { Completions } from '@baiducloud/qianfan';

const baseUrl = ${quote(gatewayUrl)};

const client = new Completions({
  QIANFAN_BASE_URL: baseUrl,
  QIANFAN_CONSOLE_API_BASE_URL: baseUrl,
  QIANFAN_ACCESS_KEY: process.env.QIANFAN_ACCESS_KEY,
  QIANFAN_SECRET_KEY: process.env.QIANFAN_SECRET_KEY,${preset === undefined ? `\n  Endpoint: ${quote(endpoint)},` : ''}
});

const body = ${body};

const answer = await ${invocation};
// The SDK throws most errors, but returns "too many requests" and "overloaded" as if they were answers.
if (answer.error_code !== undefined) throw new Error(\`\${answer.error_code}: \${answer.error_msg}\`);

${answer}
`;
}
