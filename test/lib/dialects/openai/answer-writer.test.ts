import type { Completion, CompletionChunk } from '../../../../lib/core/completion.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { createCompletionsEncoder, encodeCompletions } from '../../../../lib/dialects/openai/answer-writer.ts';
import { openAiCompletions } from '../../../../lib/dialects/openai/completions.ts';

const wireHead = { id: 'as-1', object: 'text_completion', created: 7, model: 'StarCoder' };
const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
const wireUsage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const ask = (fields: object = {}) =>
  openAiCompletions.decode(JSON.stringify({ model: 'StarCoder', prompt: 'p:', ...fields }), '');
const completionOf = (text: string, more: Partial<Completion> = {}): Completion => ({
  id: 'as-1',
  createdSeconds: 7,
  text,
  isSafe: true,
  ...more,
});
const chunkOf = (text: string, more: Partial<CompletionChunk> = {}): CompletionChunk => ({
  ...completionOf(text),
  isEnd: false,
  ...more,
});

const dataOf = (frame: string): unknown => {
  expect(frame).toMatch(/^data: [^\n]+\n\n$/);
  return JSON.parse(frame.slice('data: '.length));
};

describe('a whole answer', () => {
  it('has its choices in the order given, and the usage', () => {
    const completions = [completionOf('a', { finishReason: 'stop' }), completionOf('b', { finishReason: 'length' })];
    expect(JSON.parse(encodeCompletions(ask({ n: 2 }), completions, usage))).toEqual({
      ...wireHead,
      choices: [
        { text: 'a', index: 0, logprobs: null, finish_reason: 'stop' },
        { text: 'b', index: 1, logprobs: null, finish_reason: 'length' },
      ],
      usage: wireUsage,
    });
  });

  it('has no usage when nobody counted', () => {
    expect(JSON.parse(encodeCompletions(ask(), [], undefined))).toEqual({
      ...wireHead,
      id: '',
      created: 0,
      choices: [],
    });
  });

  it('has the usage of all its texts', () => {
    const completions = [completionOf('a', { usage }), completionOf('b', { usage })];
    expect(JSON.parse(openAiCompletions.encodeWhole(ask({ n: 2 }), completions))).toMatchObject({
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
  });

  it('tells how many tokens were cached, and what else the same dialect said of its counts', () => {
    const stated = { dialect: 'openai', fields: { completion_tokens_details: { reasoning_tokens: 1 } } };
    const text = encodeCompletions(ask(), [completionOf('a')], { ...usage, cachedTokens: 4, stated });
    expect(JSON.parse(text)).toMatchObject({
      usage: {
        ...wireUsage,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('tells a text that was held back, and one that says nothing of its end', () => {
    const reasons = [completionOf('a'), completionOf('', { isSafe: false })].map((completion) => {
      const { choices } = JSON.parse(encodeCompletions(ask(), [completion], undefined)) as {
        choices: { finish_reason: string }[];
      };
      return choices[0]?.finish_reason;
    });
    expect(reasons).toEqual(['stop', 'content_filter']);
  });
});

describe('a stream', () => {
  it('has the text at choices[].text, and null until there is a finish_reason', () => {
    const encoder = createCompletionsEncoder(ask({ n: 3 }));
    expect(dataOf(encoder.encode(chunkOf('a\n'), 2))).toEqual({
      ...wireHead,
      choices: [{ text: 'a\n', index: 2, logprobs: null, finish_reason: null }],
    });
    expect(dataOf(encoder.encode(chunkOf('', { isEnd: true, finishReason: 'stop' }), 2))).toMatchObject({
      choices: [{ text: '', finish_reason: 'stop' }],
    });
  });

  it('has its usage in a chunk without choices, and [DONE] at its end', () => {
    const encoder = createCompletionsEncoder(ask({ stream: true, stream_options: { include_usage: true } }));
    encoder.encode(chunkOf('a', { isEnd: true }), 0);
    const [counts, done] = encoder.end(usage).split(/(?<=\n\n)/);
    expect(dataOf(counts ?? '')).toEqual({ ...wireHead, choices: [], usage: wireUsage });
    expect(done).toBe('data: [DONE]\n\n');
  });

  it.each([
    ['is not asked for', {}, usage],
    ['was not counted', { stream_options: { include_usage: true } }, undefined],
  ])('has no usage that %s', (_name, fields, counted) => {
    const encoder = createCompletionsEncoder(ask({ stream: true, ...fields }));
    encoder.encode(chunkOf('a', { isEnd: true }), 0);
    expect(encoder.end(counted)).toBe('data: [DONE]\n\n');
  });

  it('begins each text with its prompt where that is asked for', () => {
    const encoder = createCompletionsEncoder(ask({ prompt: ['a:', 'b:'], echo: true, stream: true }));
    const texts = [encoder.encode(chunkOf('1', { isEnd: true }), 0), encoder.encode(chunkOf('2', { isEnd: true }), 1)];
    expect(texts.map(dataOf)).toMatchObject([{ choices: [{ text: 'a:1' }] }, { choices: [{ text: 'b:2' }] }]);
  });
});

describe('a text that breaks off', () => {
  it.each<[string, readonly string[], string]>([
    ['with what was held back because a stop item might begin there', ['abcd', 'efghi'], 'abcdefghi'],
    ['without a stop item that it had come to', ['abcdE', 'ND'], 'abcd'],
    ['with a stop item that it went on after', ['END', 'a', 'bcd'], 'ENDabcd'],
  ])('is passed on %s, and then comes the error', (_name, pieces, text) => {
    const encoder = createCompletionsEncoder(ask({ stream: true, stop: ['END'] }));
    const events = pieces.map((piece) => encoder.encode(chunkOf(piece, { includesStop: true }), 0));
    events.push(encoder.fail(new GatewayError('upstream_truncated', 'died')));
    const values = events
      .join('')
      .split('\n\n')
      .filter(Boolean)
      .map((event) => dataOf(`${event}\n\n`));
    const read = values.map((value) => (value as { choices?: { text: string }[] }).choices?.[0]?.text ?? '').join('');
    expect(read).toBe(text);
    expect(values.at(-1)).toMatchObject({ error: { code: 'upstream_truncated', message: 'died' } });
  });
});
