import { asksForNothing } from '../../../lib/dialects/neutral-values.ts';

// What SDKs and tools send as their defaults, such as https://openrouter.ai/docs/api-reference/parameters.
it.each([
  ['logprobs', false],
  ['response_format', { type: 'text' }],
  ['logit_bias', []],
  ['logit_bias', {}],
  ['min_p', 0],
  ['repetition_penalty', 1],
  ['min_tokens', 0],
  ['top_k', -1],
  ['top_k', 0],
  ['skip_special_tokens', true],
])('%s %j asks for nothing', (name, value) => {
  expect(asksForNothing(name, value)).toBe(true);
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
  ['skip_special_tokens', false],
])('%s %j asks for something', (name, value) => {
  expect(asksForNothing(name, value)).toBe(false);
});
