import { decodeOpenAiCompletion } from '../../../../lib/dialects/openai/completions-response.ts';

const head = { id: 'cmpl-1', object: 'text_completion', created: 7, model: 'm' };
const counted = (completion: number) => ({ prompt_tokens: 3, completion_tokens: completion, total_tokens: 0 });
const usageOf = (completion: number) => ({
  promptTokens: 3,
  completionTokens: completion,
  totalTokens: 3 + completion,
});

describe('decodeOpenAiCompletion', () => {
  it('reads a completion', () => {
    const choices = [{ text: 'one', index: 0, logprobs: null, finish_reason: 'stop' }];
    expect(decodeOpenAiCompletion({ ...head, choices, usage: counted(4) })).toEqual({
      id: 'cmpl-1',
      createdSeconds: 7,
      text: 'one',
      isSafe: true,
      finishReason: 'stop',
      usage: usageOf(4),
      includesStop: false,
    });
  });

  it('reads the message of a chat', () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'length' }];
    expect(decodeOpenAiCompletion({ ...head, choices })).toMatchObject({ text: 'hello', finishReason: 'length' });
  });

  it.each([
    ['stop', 'stop', true],
    ['normal', 'stop', true],
    ['tool_calls', 'stop', true],
    ['length', 'length', true],
    ['content_filter', 'content_filter', false],
    ['constructor', 'stop', true],
    [null, undefined, true],
    ['', undefined, true],
    [5, undefined, true],
  ])('takes the finish_reason %j for %j', (finish_reason, finishReason, isSafe) => {
    const completion = decodeOpenAiCompletion({ ...head, choices: [{ text: 'x', finish_reason }] });
    expect([completion.finishReason, completion.isSafe]).toEqual([finishReason, isSafe]);
  });

  it.each([undefined, null, {}, { prompt_tokens: 1 }, { prompt_tokens: '1', completion_tokens: 1 }, [1]])(
    'has no usage where the upstream says %j',
    (usage) => {
      expect(decodeOpenAiCompletion({ ...head, choices: [{ text: 'x' }], usage }).usage).toBeUndefined();
    },
  );

  it.each([{}, null, [], 'text', { choices: [] }, { choices: {} }, { choices: [null] }, { choices: ['x'] }])(
    'refuses %j, which has no choice',
    (value) => {
      expect(() => decodeOpenAiCompletion(value)).toThrow(
        expect.objectContaining({ code: 'upstream_invalid_response' }),
      );
    },
  );

  it('throws the error of a 200', () => {
    expect(() => decodeOpenAiCompletion({ error: { code: 'invalid_model', message: 'who?' } })).toThrow(
      expect.objectContaining({ code: 'api_name_not_found', message: 'who?' }),
    );
  });
});
