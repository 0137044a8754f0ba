// The call with the OpenAI SDK for Python.
import { quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';
import { writePython } from './write-python.ts';

/** Parameters of Qianfan, which the SDK sends when they are in `extra_body`. */
const extras: readonly string[] = ['top_k', 'penalty_score', 'user_id'];

export const openAiPythonSample: Sample = {
  id: 'openai-python',
  label: 'OpenAI · Python',
  dialect: 'openai',
  fileName: 'completion.py',
  install: 'pip install openai',
  run: 'python completion.py',
  secrets: () => ['OPENAI_API_KEY'],
  write,
};

function write({ gatewayUrl, model, stream, prompt, parameters, headers }: SampleCall): string {
  const entries = Object.entries(parameters);
  const known = Object.fromEntries(entries.filter(([name]) => !extras.includes(name)));
  const extra = Object.fromEntries(entries.filter(([name]) => extras.includes(name)));
  const named = {
    model: model.trim(),
    prompt,
    ...(stream ? { stream } : {}),
    ...known,
    ...(Object.keys(extra).length > 0 ? { extra_body: extra } : {}),
    ...(headers.length > 0 ? { extra_headers: Object.fromEntries(headers) } : {}),
  };
  const lines = Object.entries(named).map(([name, value]) => `    ${name}=${writePython(value)},`);
  const answer = stream
    ? `for chunk in answer:
    if chunk.choices:
        print(chunk.choices[0].text, end="", flush=True)
print()`
    : `for choice in answer.choices:
    print(choice.text)`;
  return `import os

from openai import OpenAI

client = OpenAI(base_url=${quote(`${gatewayUrl}/v1`)}, api_key=os.environ["OPENAI_API_KEY"])

answer = client.completions.create(
${lines.join('\n')}
)

${answer}
`;
}
