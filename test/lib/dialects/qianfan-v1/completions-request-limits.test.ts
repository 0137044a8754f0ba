import type { CompletionRequest } from '../../../../lib/core/completion.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../../lib/core/models.ts';
import { encodeV1Request } from '../../../../lib/dialects/qianfan-v1/completions-request.ts';

const model = createModelCatalog({}).resolve('SQLCoder-7B');
const encode = (fields: Partial<CompletionRequest>) =>
  JSON.parse(encodeV1Request({ model, prompt: 'p', ...fields }, false)) as unknown;

/** What the OpenAI dialect has besides. */
const asOpenAi = (fields: object): Partial<CompletionRequest> => ({
  extras: { dialect: 'openai', fields: { ...fields } },
});

describe('what another dialect allows', () => {
  it.each<[Partial<CompletionRequest>, string]>([
    [{ temperature: 1.000_1 }, 'temperature'],
    [{ temperature: 2 }, 'temperature'],
    [{ presencePenalty: 0.1 }, 'presence_penalty'],
    [{ presencePenalty: -2 }, 'presence_penalty'],
    [{ frequencyPenalty: -0.1 }, 'frequency_penalty'],
    [{ seed: 7 }, 'seed'],
    [{ tokens: [1, 2] }, 'prompt'],
    [asOpenAi({ logprobs: 0 }), 'logprobs'],
    [asOpenAi({ min_p: 0, ignore_eos: true }), 'ignore_eos'],
    [asOpenAi({ skip_special_tokens: false }), 'skip_special_tokens'],
  ])('and V1 cannot express is refused: %j', (fields, parameter) => {
    const thrown = (() => {
      try {
        return encode(fields);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'invalid_parameter', status: 400, parameter });
  });

  it.each<[Partial<CompletionRequest>, object]>([
    [{ temperature: 1 }, { temperature: 1 }],
    [{ temperature: 0.01 }, { temperature: 0.01 }],
    [{ temperature: 0 }, { temperature: 0.01 }],
    [{ stop: ['😀'.repeat(20)] }, { stop: ['😀'.repeat(20)] }],
    [{ presencePenalty: 0, frequencyPenalty: 0 }, {}],
    [{ seed: 0 }, {}],
    [asOpenAi({ min_p: 0, top_k: -1, enable_thinking: false, cache_prompt: true }), {}],
    [{ maxTokens: 7 }, { max_output_tokens: 7 }],
    [{ topP: 0 }, { top_p: 0 }],
  ])('and V1 can express is written: %j', (fields, written) => {
    expect(encode(fields)).toEqual({ prompt: 'p', stream: false, ...written });
  });
});
