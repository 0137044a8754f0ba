// The call with the OpenAI SDK for Node.
import { quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';

export const openAiNodeSample: Sample = {
  id: 'openai-node',
  label: 'OpenAI · Node',
  dialect: 'openai',
  fileName: 'completion.mjs',
  install: 'npm install openai@7',
  run: 'node completion.mjs',
  secrets: () => ['OPENAI_API_KEY'],
  write,
};

function write({ gatewayUrl, model, stream, prompt, parameters, headers }: SampleCall): string {
  const body = { model: model.trim(), prompt, ...(stream ? { stream } : {}), ...parameters };
  const answer = stream
    ? `for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.text ?? '');
process.stdout.write('\\n');`
    : `for (const choice of answer.choices) console.log(choice.text);`;
  const options =
    headers.length === 0 ? '' : `, ${JSON.stringify({ headers: Object.fromEntries(headers) }, undefined, 2)}`;
  return `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: ${quote(`${gatewayUrl}/v1`)},
  apiKey: process.env.OPENAI_API_KEY,
});

const answer = await client.completions.create(${JSON.stringify(body, undefined, 2)}${options});

${answer}
`;
}
