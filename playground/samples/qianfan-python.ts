// The call with the Qianfan SDK for Python.
import { findPreset, qianfanSecrets, quote } from './sample.ts';
import type { Sample, SampleCall } from './sample.ts';
import { writePython } from './write-python.ts';

export const qianfanPythonSample: Sample = {
  id: 'qianfan-python',
  label: 'Qianfan · Python',
  dialect: 'v1',
  fileName: 'completion.py',
  install: 'pip install qianfan==0.4.12.3',
  run: 'python completion.py',
  secrets: () => qianfanSecrets,
  write,
};

function write(call: SampleCall): string {
  const { gatewayUrl, stream, prompt, parameters, endpoint } = call;
  const preset = findPreset(call);
  const named = {
    ...(preset === undefined ? { endpoint } : { model: preset }),
    prompt,
    ...(stream ? { stream } : {}),
    ...parameters,
  };
  const lines = Object.entries(named).map(([name, value]) => `    ${name}=${writePython(value)},`);
  const answer = stream
    ? `for frame in answer:
    print(frame["body"]["result"], end="", flush=True)
print()`
    : `print(answer["body"]["result"])`;
  return `import os

# The SDK reads its settings when it is imported; the keys are in QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY.
os.environ["QIANFAN_BASE_URL"] = ${quote(gatewayUrl)}
os.environ["QIANFAN_CONSOLE_API_BASE_URL"] = os.environ["QIANFAN_BASE_URL"]

import qianfan

answer = qianfan.Completion().do(
${lines.join('\n')}
)

${answer}
`;
}
