import type { Completion } from '../../../../lib/core/completion.ts';
import { createOpenAiReader } from '../../../../lib/dialects/openai/answer-reader.ts';

const readWhole = (value: unknown): Completion => createOpenAiReader().readWhole(value);

const head = { id: 'cmpl-1', object: 'text_completion', created: 7, model: 'm' };
const counted = (completion: number) => ({ prompt_tokens: 3, completion_tokens: completion, total_tokens: 0 });
const usageOf = (completion: number) => ({
  promptTokens: 3,
  completionTokens: completion,
  totalTokens: 3 + completion,
});

describe('a whole answer', () => {
  it('reads a completion', () => {
    const choices = [{ text: 'one', index: 0, logprobs: null, finish_reason: 'stop' }];
    expect(readWhole({ ...head, choices, usage: counted(4) })).toEqual({
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
    expect(readWhole({ ...head, choices })).toMatchObject({ text: 'hello', finishReason: 'length' });
  });

  it.each([
    ['stop', 'stop', true],
    ['normal', 'stop', true],
    ['tool_calls', 'stop', true],
    ['length', 'length', true],
    ['content_filter', 'content_filter', false],
    ['eos', 'stop', true],
    ['eos_token', 'stop', true],
    ['END_TURN', 'stop', true],
    ['stop_sequence', 'stop', true],
    ['max_tokens', 'length', true],
    ['model_length', 'length', true],
    ['null', undefined, true],
    [null, undefined, true],
    ['', undefined, true],
    [5, undefined, true],
  ])('takes the finish_reason %j for %j', (finish_reason, finishReason, isSafe) => {
    const completion = readWhole({ ...head, choices: [{ text: 'x', finish_reason }] });
    expect([completion.finishReason, completion.isSafe]).toEqual([finishReason, isSafe]);
  });

  it.each(['abort', 'error', 'timeout', 'constructor', 'anything else'])(
    'is not whole when it ended with "%s"',
    (reason) => {
      expect(() => readWhole({ ...head, choices: [{ text: 'x', finish_reason: reason }] })).toThrow(
        expect.objectContaining({ code: 'upstream_truncated' }),
      );
    },
  );

  it.each([
    undefined,
    null,
    {},
    { prompt_tokens: 1 },
    { prompt_tokens: '1', completion_tokens: 1 },
    [1],
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { prompt_tokens: -1, completion_tokens: 1 },
    { prompt_tokens: 1.5, completion_tokens: 1 },
    { prompt_tokens: 1, completion_tokens: 1e300 },
    { prompt_tokens: 2 ** 53 - 1, completion_tokens: 1 },
  ])('has no usage where the upstream says %j', (usage) => {
    expect(readWhole({ ...head, choices: [{ text: 'x' }], usage }).usage).toBeUndefined();
  });

  it.each([{}, null, [], 'text', { choices: [] }, { choices: {} }, { choices: [null] }, { choices: ['x'] }])(
    'refuses %j, which has no choice',
    (value) => {
      expect(() => readWhole(value)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
    },
  );

  it('throws the error of a 200', () => {
    expect(() => readWhole({ error: { code: 'invalid_model', message: 'who?' } })).toThrow(
      expect.objectContaining({ code: 'api_name_not_found', message: 'who?' }),
    );
  });
});

describe('the counts', () => {
  const usageOfAnswer = (usage: object) => readWhole({ ...head, choices: [{ text: 'x' }], usage }).usage;

  it('keep a total that is more than the sum: some models think with tokens of their own', () => {
    expect(usageOfAnswer({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 10 })).toMatchObject({
      totalTokens: 10,
    });
    expect(usageOfAnswer({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 1 })).toMatchObject({
      totalTokens: 3,
    });
    expect(usageOfAnswer({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 1e300 })).toMatchObject({
      totalTokens: 3,
    });
  });

  it('tell how many tokens of the prompt were cached', () => {
    const details = { prompt_tokens_details: { cached_tokens: 7 } };
    expect(usageOfAnswer({ prompt_tokens: 9, completion_tokens: 1, ...details })).toMatchObject({ cachedTokens: 7 });
    expect(usageOfAnswer({ prompt_tokens: 9, completion_tokens: 1 })).not.toHaveProperty('cachedTokens');
  });
});

describe('a message', () => {
  const readMessage = (message: object, finish_reason = 'stop') =>
    readWhole({ ...head, choices: [{ index: 0, message, finish_reason }], usage: counted(4) });

  it('is the text of its parts', () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] };
    const content = [thinking, { type: 'text', text: 'the ' }, { type: 'text', text: 'answer' }];
    expect(readMessage({ role: 'assistant', content })).toMatchObject({ text: 'the answer' });
  });

  it('is a refusal where there is no content', () => {
    expect(readMessage({ content: null, refusal: 'I cannot.' })).toMatchObject({
      text: 'I cannot.',
      finishReason: 'content_filter',
      isSafe: false,
    });
  });

  it.each(['reasoning_content', 'reasoning'])('of %s alone is no answer', (name) => {
    const empty = { code: 'upstream_empty_answer', mayBeCharged: true, retryable: false };
    expect(() => readMessage({ content: '', [name]: 'hm' })).toThrow(expect.objectContaining(empty));
    expect(() => readMessage({ content: null, [name]: 'hm' }, 'length')).toThrow(expect.objectContaining(empty));
    expect(readMessage({ content: 'a', [name]: 'hm' })).toMatchObject({ text: 'a' });
  });

  it('of parts that are all thoughts is no answer', () => {
    const content = [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }];
    expect(() => readMessage({ content })).toThrow(expect.objectContaining({ code: 'upstream_empty_answer' }));
  });

  it('that is empty and was charged is no answer, unless the text may have ended at a stop item at once', () => {
    const answer = { ...head, choices: [{ index: 0, message: { content: '' }, finish_reason: 'stop' }] };
    const charged = { ...answer, usage: counted(4) };
    expect(() => readWhole(charged)).toThrow(expect.objectContaining({ code: 'upstream_empty_answer' }));
    expect(createOpenAiReader({ stop: ['x'] }).readWhole(charged)).toMatchObject({ text: '' });
    expect(readWhole(answer)).toMatchObject({ text: '' });
  });
});

describe("Qianfan V2's flag", () => {
  it.each([
    [0, 'x', true],
    [2, 'x', true],
    [3, '', false],
    [4, '', false],
  ])('%i leaves %j of a text', (flag, text, isSafe) => {
    expect(readWhole({ ...head, choices: [{ text: 'x', flag, finish_reason: 'stop' }] })).toMatchObject({
      text,
      isSafe,
    });
  });
});

describe('an empty error', () => {
  it.each([{}, '', null, { message: '', type: '', param: '', code: null }])('is none: %j', (error) => {
    expect(readWhole({ ...head, choices: [{ text: 'x' }], error })).toMatchObject({ text: 'x' });
  });

  it('is none as an error_code of "0" either', () => {
    expect(readWhole({ ...head, choices: [{ text: 'x' }], error_code: '0', error_msg: '' })).toMatchObject({
      text: 'x',
    });
  });
});
