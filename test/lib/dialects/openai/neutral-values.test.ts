import { decodeCompletionsRequest } from '../../../../lib/dialects/openai/completions-request.ts';

const decode = (fields: object) => decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...fields }));

// What SDKs and tools send as their defaults, such as https://openrouter.ai/docs/api-reference/parameters.
it.each([
  { logprobs: false },
  { response_format: { type: 'text' } },
  { logit_bias: [] },
  { logit_bias: {} },
  { min_p: 0 },
  { repetition_penalty: 1 },
  { min_tokens: 0 },
  { top_k: -1 },
  { top_k: 0 },
  { suffix: '' },
])('%j asks for nothing', (fields) => {
  const { texts, ignored } = decode(fields);
  expect({ texts, ignored }).toEqual({ texts: [{ prompt: 'p' }], ignored: undefined });
});

it.each([
  ['logprobs', 0],
  ['logprobs', true],
  ['response_format', { type: 'json_object' }],
  ['logit_bias', { 50256: -100 }],
  ['min_p', 0.1],
  ['repetition_penalty', 1.1],
  ['min_tokens', 1],
  ['top_k', -2],
])('%s %j asks for something that cannot be had', (name, value) => {
  expect(() => decode({ [name]: value })).toThrow(expect.objectContaining({ parameter: name }));
});
