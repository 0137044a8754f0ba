import { createModelCatalog } from '../../../../lib/core/models.ts';
import { openAiChatUpstream } from '../../../../lib/dialects/openai/chat.ts';
import { openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { decodeCompletionsRequest } from '../../../../lib/dialects/openai/completions-request.ts';

describe('the body for an upstream', () => {
  const model = createModelCatalog({ A: { openai: 'vendor/a' }, C: { openai: 'c', chat: true } });
  const encode = (name: string, fields: object, stream: boolean): unknown => {
    const codec = name === 'C' ? openAiChatUpstream : openAiCompletionsUpstream;
    return JSON.parse(codec.encode({ model: model.resolve(name), prompt: 'p', ...fields }, stream));
  };

  it('writes nothing that was not asked for', () => {
    expect(encode('A', {}, false)).toEqual({ model: 'vendor/a', prompt: 'p', stream: false });
  });

  it('asks for the usage of a stream, and a chat model for its answer to one message', () => {
    expect(encode('C', {}, true)).toEqual({
      model: 'c',
      messages: [{ role: 'user', content: 'p' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('writes every parameter under the name it was read by, the penalty also under those of other servers', () => {
    const written = {
      max_tokens: 1,
      temperature: 0,
      top_p: 0,
      presence_penalty: -2,
      frequency_penalty: 2,
      seed: 0,
      top_k: 1,
      penalty_score: 1.5,
      user: 'u',
      stop: ['.'],
    };
    const { texts } = decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...written }));
    expect(encode('A', texts[0] ?? {}, false)).toEqual({
      model: 'vendor/a',
      prompt: 'p',
      stream: false,
      ...written,
      repetition_penalty: 1.5,
      repeat_penalty: 1.5,
    });
  });
});
