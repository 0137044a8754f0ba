import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import { createOpenAiReader } from '../../../../lib/dialects/openai/answer-reader.ts';
import type { SseEvent } from '../../../../lib/dialects/sse.ts';

const head = { id: 'cmpl-1', object: 'text_completion', created: 7, model: 'm' };
const counted = (completion: number) => ({ prompt_tokens: 3, completion_tokens: completion, total_tokens: 0 });

const text = (content: string, finish: string | null = null, more: object = {}) =>
  JSON.stringify({ ...head, choices: [{ text: content, index: 0, logprobs: null, finish_reason: finish }], ...more });
const delta = (content: object, finish: string | null = null) =>
  JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ delta: content, finish_reason: finish }] });
const usageChunk = (completion: number) => JSON.stringify({ ...head, choices: [], usage: counted(completion) });

/** Reads the events and the end of the stream. */
function readAll(events: readonly string[]): CompletionChunk[] {
  const reader = createOpenAiReader();
  const chunks = events.flatMap((data) => reader.readEvent({ type: '', data }));
  const last = reader.end();
  return last === undefined ? chunks : [...chunks, last];
}

const show = (chunks: readonly CompletionChunk[]) =>
  chunks.map((chunk) => [chunk.text, chunk.isEnd, chunk.finishReason, chunk.usage?.completionTokens]);

describe('an event stream', () => {
  it.each<[string, string[], unknown[]]>([
    [
      'usage in a chunk of its own',
      [text('a'), text('b', 'stop'), usageChunk(5), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['b', false, undefined, undefined],
        ['', true, 'stop', 5],
      ],
    ],
    [
      'usage with the last text',
      [text('a'), text('b', 'length', { usage: counted(5) }), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['b', false, undefined, 5],
        ['', true, 'length', 5],
      ],
    ],
    [
      'no usage',
      [text('a'), text('b', 'stop'), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['b', false, undefined, undefined],
        ['', true, 'stop', undefined],
      ],
    ],
    [
      'usage of null until the last chunk',
      [text('a', null, { usage: null }), text('', 'stop', { usage: null }), usageChunk(5), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['', true, 'stop', 5],
      ],
    ],
    [
      'continuous usage',
      [text('a', null, { usage: counted(1) }), text('b', 'stop', { usage: counted(2) }), '[DONE]'],
      [
        ['a', false, undefined, 1],
        ['b', false, undefined, 2],
        ['', true, 'stop', 2],
      ],
    ],
    [
      'usage that comes before the end only',
      [text('a', null, { usage: counted(1) }), text('', 'stop'), '[DONE]'],
      [
        ['a', false, undefined, 1],
        ['', true, 'stop', 1],
      ],
    ],
    [
      '[DONE] without a finish_reason',
      [text('a'), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['', true, undefined, undefined],
      ],
    ],
    [
      'a finish_reason without [DONE]',
      [text('a'), text('b', 'stop')],
      [
        ['a', false, undefined, undefined],
        ['b', false, undefined, undefined],
        ['', true, 'stop', undefined],
      ],
    ],
    [
      'neither, which is a stream cut off',
      [text('a'), text('b')],
      [
        ['a', false, undefined, undefined],
        ['b', false, undefined, undefined],
      ],
    ],
    ['nothing but [DONE]', ['[DONE]'], []],
    ['nothing', [], []],
    ['no text at all', [text('', 'stop'), '[DONE]'], [['', true, 'stop', undefined]]],
    [
      'chat deltas, the first with the role only',
      [delta({ role: 'assistant' }), delta({ content: 'a' }), delta({}, 'stop'), usageChunk(1), '[DONE]'],
      [
        ['a', false, undefined, undefined],
        ['', true, 'stop', 1],
      ],
    ],
    [
      'chat deltas with a content of null',
      [
        delta({ role: 'assistant', content: null }),
        delta({ content: 'a' }),
        delta({ content: null }, 'stop'),
        '[DONE]',
      ],
      [
        ['a', false, undefined, undefined],
        ['', true, 'stop', undefined],
      ],
    ],
  ])('reads a stream with %s', (_name, events, expected) => {
    expect(show(readAll(events))).toEqual(expected);
  });

  it('ends a stream once, whatever follows the end', () => {
    const chunks = readAll([text('a', 'stop'), usageChunk(1), '[DONE]', '[DONE]']);
    expect(chunks.filter(({ isEnd }) => isEnd)).toHaveLength(1);
  });

  it('keeps the id where the last chunks have none', () => {
    const events = [text('a'), text('', 'stop'), '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}'];
    expect(readAll(events).map(({ id }) => id)).toEqual(['cmpl-1', 'cmpl-1']);
  });

  it('tells that a text was held back, to its end', () => {
    const chunks = readAll([text('a'), text('', 'content_filter'), usageChunk(1)]);
    expect(chunks.map(({ isSafe, finishReason }) => [isSafe, finishReason])).toEqual([
      [true, undefined],
      [false, 'content_filter'],
    ]);
  });

  it.each([
    ['{"error":{"message":"died","type":"server_error","code":null}}', 'upstream_http_error', 'died'],
    ['{"error":{"message":"slow down","code":"tpm_rate_limit_exceeded"}}', 'tpm_limit_reached', 'slow down'],
    ['{"error":"died"}', 'internal_error', 'died'],
    ['not JSON', 'upstream_invalid_response', 'The upstream sent an event that is not JSON'],
  ])('throws on the event %s', (data, code, message) => {
    const reader = createOpenAiReader();
    expect(reader.readEvent({ type: '', data: text('a') })).toHaveLength(1);
    expect(() => reader.readEvent({ type: '', data })).toThrow(expect.objectContaining({ code, message }));
    expect(reader.end()).toBeUndefined();
  });
});

/** Reads one event after some text. */
const readAfterText = (event: SseEvent): readonly CompletionChunk[] => {
  const reader = createOpenAiReader();
  reader.readEvent({ type: '', data: text('a') });
  return reader.readEvent(event);
};

describe('an end that is not known to be good', () => {
  it.each(['abort', 'error', 'timeout', 'constructor'])('is none: %s', (reason) => {
    const truncated = expect.objectContaining({ code: 'upstream_truncated' });
    expect(() => readAll([text('a'), text('', reason)])).toThrow(truncated);
    // What comes with it is passed on, and then the error; [DONE] makes it no better.
    expect(() => readAll([text('a'), text('b', reason), '[DONE]'])).toThrow(truncated);
    expect(() => readAll([text('a'), text('b', reason)])).toThrow(truncated);
    expect(() => readAll([text('a'), text('b', reason), usageChunk(2), '[DONE]'])).toThrow(truncated);
    const reader = createOpenAiReader();
    expect(reader.readEvent({ type: '', data: text('b', reason) })).toMatchObject([{ text: 'b', isEnd: false }]);
  });
});

describe('an event that keeps the connection open', () => {
  it.each([
    { type: '', data: '' },
    { type: '', data: ' ' },
    { type: '', data: 'ping' },
    { type: 'ping', data: '{"type":"ping"}' },
    { type: 'keep-alive', data: 'x' },
    { type: 'heartbeat', data: '1' },
    { type: 'news', data: 'of any kind' },
    { type: '', data: '{"choices":[],"prompt_progress":{"total":100,"processed":15}}' },
    { type: '', data: '{"choices":[],"timings":{"predicted_n":3}}' },
  ])('is passed over: %j', (event) => {
    expect(readAfterText(event)).toEqual([]);
  });
});

describe('an error in the stream', () => {
  it.each<[string, SseEvent, object]>([
    [
      'of llama.cpp, in a field of its own',
      { type: 'error', data: '{"code":500,"message":"slot context exhausted","type":"server_error"}' },
      { code: 'upstream_http_error', message: 'slot context exhausted' },
    ],
    [
      'of FastChat',
      { type: '', data: '{"text":"**NETWORK ERROR**","error_code":50004}' },
      { message: '**NETWORK ERROR**' },
    ],
    [
      'of vLLM',
      { type: '', data: '{"object":"error","message":"engine died","type":"InternalServerError","code":500}' },
      { code: 'upstream_http_error', message: 'engine died' },
    ],
    ['of a typed event', { type: 'error', data: '{"message":"engine died"}' }, { message: 'engine died' }],
    ['of a typed event that is text', { type: 'error', data: 'engine died' }, { message: 'engine died' }],
    ['of FastAPI', { type: '', data: '{"detail":"CUDA out of memory"}' }, { message: 'CUDA out of memory' }],
    ['of a proxy', { type: '', data: '{"message":"no backend"}' }, { message: 'no backend' }],
    [
      'of V2',
      { type: '', data: '{"requestId":"r","code":"server_overloaded","message":"busy"}' },
      { code: 'high_load' },
    ],
    ['of Qianfan', { type: '', data: '{"error_code":336100,"error_msg":"busy"}' }, { code: 'high_load' }],
    [
      'of text-generation-inference',
      { type: '', data: '{"error":{"message":"inputs must have less than 1024 tokens","http_status_code":422}}' },
      { code: 'prompt_tokens_too_long' },
    ],
  ])('%s is one, with its words', (_name, event, expected) => {
    expect(() => readAfterText(event)).toThrow(expect.objectContaining({ name: 'GatewayError', ...expected }));
  });

  it.each(['{}', '""', 'null', '{"message":"","code":null}'])('is none when it is empty: %s', (error) => {
    const data = `{"choices":[{"text":"b","finish_reason":null}],"error":${error}}`;
    expect(readAfterText({ type: '', data })).toMatchObject([{ text: 'b' }]);
  });
});

describe('the counts of a stream', () => {
  const counts = (prompt_tokens: unknown, completion_tokens: unknown, total_tokens?: unknown) => ({
    usage: { prompt_tokens, completion_tokens, total_tokens },
  });
  const lastUsage = (events: readonly string[]) => readAll(events).at(-1)?.usage;

  it('are none when they are 0 throughout', () => {
    expect(lastUsage([text('a', null, counts(0, 0, 0)), text('', 'stop', counts(0, 0, 0)), '[DONE]'])).toBeUndefined();
  });

  it('are those that come after zeros, in a chunk of their own', () => {
    const events = [text('a', null, counts(0, 0, 0)), text('', 'stop', counts(0, 0, 0)), usageChunk(2), '[DONE]'];
    expect(lastUsage(events)).toMatchObject({ promptTokens: 3, completionTokens: 2, totalTokens: 5 });
  });

  it.each([
    [-1, 2],
    [1.5, 2],
    [1, 1e300],
    ['1', 2],
  ])('are none when they cannot be counts, and cost no text: %j and %j', (prompt, completion) => {
    const chunks = readAll([
      text('a', null, counts(prompt, completion)),
      text('b', 'stop', counts(prompt, completion)),
      '[DONE]',
    ]);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe('ab');
    expect(chunks.every(({ usage }) => usage === undefined)).toBe(true);
  });

  it('that come with every chunk end with the last of them', () => {
    const events = [text('a', null, counts(3, 1)), text('b', 'stop', counts(3, 2)), usageChunk(3), '[DONE]'];
    expect(lastUsage(events)).toMatchObject({ completionTokens: 3 });
  });

  it('with a finish_reason of "null" are not the last', () => {
    const events = [text('a', 'null', counts(3, 1)), text('b', 'stop', counts(3, 2)), '[DONE]'];
    expect(
      readAll(events)
        .map(({ text: piece }) => piece)
        .join(''),
    ).toBe('ab');
    expect(lastUsage(events)).toMatchObject({ completionTokens: 2 });
  });

  it('keep a total above the sum', () => {
    expect(lastUsage([text('a', 'stop', counts(3, 2, 9)), '[DONE]'])).toMatchObject({ totalTokens: 9 });
  });
});

describe('thoughts', () => {
  const thought = delta({ content: null, reasoning_content: 'hm' });

  it('are no text', () => {
    expect(show(readAll([thought, delta({ content: 'a' }), delta({}, 'stop'), '[DONE]']))).toEqual([
      ['a', false, undefined, undefined],
      ['', true, 'stop', undefined],
    ]);
  });

  it.each(['stop', 'length'])('alone are no answer, ended by %s', (reason) => {
    const empty = expect.objectContaining({ code: 'upstream_empty_answer', mayBeCharged: true });
    expect(() => readAll([thought, delta({}, reason), '[DONE]'])).toThrow(empty);
    expect(() => readAll([thought, delta({}, reason), usageChunk(9)])).toThrow(empty);
  });

  it('in parts alone are no answer either', () => {
    const part = delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] });
    expect(() => readAll([part, delta({}, 'stop'), '[DONE]'])).toThrow(
      expect.objectContaining({ code: 'upstream_empty_answer' }),
    );
  });

  it('beside parts of text are left out', () => {
    const parts = [
      delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
      delta({ content: [{ type: 'text', text: 'the ' }] }),
      delta({ content: [{ type: 'text', text: 'answer' }] }),
      delta({}, 'stop'),
      '[DONE]',
    ];
    expect(
      readAll(parts)
        .map(({ text: piece }) => piece)
        .join(''),
    ).toBe('the answer');
  });
});

it('a refusal is passed on as the text, and is not safe', () => {
  const chunks = readAll([delta({ content: null, refusal: 'I cannot.' }), delta({}, 'stop'), '[DONE]']);
  expect(chunks.map((chunk) => chunk.text).join('')).toBe('I cannot.');
  expect(chunks.at(-1)).toMatchObject({ isEnd: true, isSafe: false, finishReason: 'content_filter' });
});

it("a text with Qianfan V2's flag 3 or 4 is not shown from there on", () => {
  const flagged = JSON.stringify({ ...head, choices: [{ text: 'hidden', flag: 4, finish_reason: null }] });
  const chunks = readAll([text('a'), flagged, text('hidden too'), text('', 'stop'), '[DONE]']);
  expect(chunks.map((chunk) => chunk.text).join('')).toBe('a');
  expect(chunks.at(-1)).toMatchObject({ isEnd: true, isSafe: false, finishReason: 'content_filter' });
});
