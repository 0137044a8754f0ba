// What is passed on beside the contract: every name goes to an OpenAI-compatible upstream as it was sent, or is refused on V1.
import { createModelCatalog } from '../../../../lib/core/models.ts';
import { openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { decodeCompletionsRequest } from '../../../../lib/dialects/openai/completions-request.ts';
import { passedParameters } from '../../../../lib/dialects/openai/passed-parameters.ts';
import { qianfanV1CompletionsUpstream } from '../../../../lib/dialects/qianfan-v1/completions.ts';

const models = createModelCatalog({ M: { openai: 'm', parameters: ['own'] } });
const names = Object.values(passedParameters).flat();

function requestOf(fields: object, name = 'M') {
  const [text] = decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...fields })).texts;
  if (text === undefined) throw new Error('Nothing was asked for');
  return { model: models.resolve(name), ...text };
}

const sentBy = (fields: object, name?: string): unknown =>
  JSON.parse(openAiCompletionsUpstream.encode(requestOf(fields, name), false));
const askV1 = (fields: object): string => qianfanV1CompletionsUpstream.encode(requestOf(fields), false);

it.each(names)('%s is passed on as it was sent', (name) => {
  const value = name === 'best_of' ? 3 : { any: ['value'] };
  expect(sentBy({ [name]: value })).toMatchObject({ [name]: value });
});

it.each([
  { enable_thinking: false },
  { thinking: { type: 'disabled' } },
  { skip_special_tokens: false },
  { cache_prompt: false },
  { min_p: 0 },
  { top_k: -1 },
  { top_k: 0 },
  { seed: 0 },
  { logprobs: 0 },
])('%j is passed on: it may switch off a default of the server', (fields) => {
  expect(sentBy(fields)).toMatchObject(fields);
});

it.each([{ logprobs: false }, { logit_bias: [] }, { logprobs: null }, { grammar: '' }])('%j is not set', (fields) => {
  expect(sentBy(fields)).toEqual(sentBy({}));
});

it.each(names.filter((name) => name !== 'cache_prompt' && name !== 'priority'))(
  '%s is refused by name on V1',
  (name) => {
    const value = name === 'best_of' ? 3 : { any: ['value'] };
    expect(() => askV1({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_parameter', parameter: name }) as Error,
    );
  },
);

it('passes on a parameter that the model is configured with, and refuses it on V1', () => {
  expect(sentBy({ own: 1, other: 2 })).toEqual({ ...(sentBy({}) as object), own: 1 });
  expect(sentBy({ own: 1 }, 'N')).not.toHaveProperty('own');
  expect(() => askV1({ own: 1 })).toThrow(/own is not supported by Qianfan V1 models/);
  expect(() => askV1({ other: 1 })).not.toThrow();
});
