import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import { createOpenAiEventReader } from '../../../../lib/dialects/openai/completions-response.ts';

const head = { id: 'cmpl-1', object: 'text_completion', created: 7, model: 'm' };
const counted = (completion: number) => ({ prompt_tokens: 3, completion_tokens: completion, total_tokens: 0 });

const text = (content: string, finish: string | null = null, more: object = {}) =>
  JSON.stringify({ ...head, choices: [{ text: content, index: 0, logprobs: null, finish_reason: finish }], ...more });
const delta = (content: object, finish: string | null = null) =>
  JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ delta: content, finish_reason: finish }] });
const usageChunk = (completion: number) => JSON.stringify({ ...head, choices: [], usage: counted(completion) });

/** Reads the events and the end of the stream. */
function readAll(events: readonly string[]): CompletionChunk[] {
  const reader = createOpenAiEventReader();
  const chunks = events.flatMap((data) => reader.read(data));
  const last = reader.end();
  return last === undefined ? chunks : [...chunks, last];
}

const show = (chunks: readonly CompletionChunk[]) =>
  chunks.map((chunk) => [chunk.text, chunk.isEnd, chunk.finishReason, chunk.usage?.completionTokens]);

describe('createOpenAiEventReader', () => {
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
    ['{"error":{"message":"died","type":"server_error","code":null}}', 'internal_error', 'died'],
    ['{"error":{"message":"slow down","code":"tpm_rate_limit_exceeded"}}', 'tpm_limit_reached', 'slow down'],
    ['{"error":"died"}', 'internal_error', 'died'],
    ['not JSON', 'upstream_invalid_response', 'The upstream sent an event that is not JSON'],
  ])('throws on the event %s', (data, code, message) => {
    const reader = createOpenAiEventReader();
    expect(reader.read(text('a'))).toHaveLength(1);
    expect(() => reader.read(data)).toThrow(expect.objectContaining({ code, message }));
    expect(reader.end()).toBeUndefined();
  });
});
