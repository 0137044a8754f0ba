import * as fc from 'fast-check';
import type { CompletionChunk, Usage } from '../../../../lib/core/completion.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { createV1StreamEncoder } from '../../../../lib/dialects/qianfan-v1/answer-writer.ts';

interface Frame {
  readonly sentence_id: number;
  readonly is_end: boolean;
  readonly result: string;
  readonly is_safe: number;
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
}

const longestLineBytes = 65_535;

const chunkOf = (text: string, rest: Partial<CompletionChunk> = {}): CompletionChunk => ({
  id: 'as-1',
  createdSeconds: 7,
  text,
  isSafe: true,
  isEnd: false,
  ...rest,
});

/** The lines of a stream without their framing, which is checked on the way. */
function readLines(stream: string): string[] {
  const blocks = stream.split('\n\n');
  expect(blocks.pop()).toBe('');
  for (const block of blocks) expect(block).toMatch(/^data: [^\n]+$/);
  return blocks;
}

const readFrames = (stream: string): Frame[] =>
  readLines(stream).map((line) => JSON.parse(line.slice('data: '.length)) as Frame);

function encodeAll(chunks: readonly CompletionChunk[]): string {
  const encoder = createV1StreamEncoder('request-1');
  return chunks.map((chunk) => encoder.encode(chunk, 0)).join('');
}

const textOf = (frames: readonly Frame[]): string => frames.map(({ result }) => result).join('');

describe('a frame', () => {
  it('has the fields of the pages, numbers as numbers', () => {
    const usage = { promptTokens: 5, completionTokens: 2, totalTokens: 7 };
    const [line] = readLines(encodeAll([chunkOf('a', { isSafe: false, isEnd: true, usage })]));
    expect(line).toBe(
      'data: {"id":"as-1","object":"completion","created":7,"sentence_id":0,"is_end":true,"result":"a","is_safe":0,' +
        '"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}',
    );
  });

  it('has no usage where nobody counted, for null crashes the Python SDK', () => {
    expect(encodeAll([chunkOf('a'), chunkOf('b', { usage: undefined })])).not.toContain('usage');
  });

  it('counts the tokens since the last frame that had a count', () => {
    const at = (completionTokens: number): Usage => ({
      promptTokens: 5,
      completionTokens,
      totalTokens: 5 + completionTokens,
    });
    const frames = readFrames(
      encodeAll([chunkOf('a', { usage: at(2) }), chunkOf('b'), chunkOf('c', { usage: at(9) })]),
    );
    expect(frames.map(({ usage }) => usage?.completion_tokens)).toEqual([2, undefined, 7]);
  });
});

describe('the letters "event"', () => {
  it.each([
    'event',
    'eventevent',
    '\\event',
    '\\\\event',
    '"event"',
    '\u000event',
    '\u000eevent',
    '\\u000event',
    '😀event',
  ])('do not stand in the line of %j, and come back from it', (text) => {
    const stream = encodeAll([chunkOf(text, { id: 'event' })]);
    expect(stream).not.toContain('event');
    expect(textOf(readFrames(stream))).toBe(text);
  });

  it('leave every text as it was', () => {
    const parts = [
      'event',
      'vent',
      'ev',
      'e',
      '\u000e',
      '\\',
      '\\u000e',
      '"',
      '\n',
      '\u2028',
      '千',
      '😀',
      '\ud83d',
      '\ude00',
    ];
    const text = fc
      .array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'binary' })))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        const stream = encodeAll(texts.map((each) => chunkOf(each)));
        expect(stream).not.toContain('event');
        expect(readFrames(stream).map(({ result }) => result)).toEqual(texts);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a long chunk', () => {
  const bareLineBytes = Buffer.byteLength(encodeAll([chunkOf('')])) - '\n\n'.length;

  it('stays in one frame as long as its line has at most 65,535 bytes', () => {
    const text = 'x'.repeat(longestLineBytes - bareLineBytes);
    expect(readLines(encodeAll([chunkOf(text)])).map((line) => line.length)).toEqual([longestLineBytes]);
    const frames = readFrames(encodeAll([chunkOf(`${text}x`)]));
    expect(frames).toHaveLength(2);
    expect(textOf(frames)).toBe(`${text}x`);
  });

  const usageAt = (completionTokens: number): Usage => ({
    promptTokens: 29,
    completionTokens,
    totalTokens: 29 + completionTokens,
  });
  it('has its tokens in the last of its frames', () => {
    const frames = readFrames(
      encodeAll([chunkOf('a', { usage: usageAt(3) }), chunkOf('x'.repeat(100_000), { usage: usageAt(10) })]),
    );
    expect(frames.map(({ usage }) => [usage?.completion_tokens, usage?.total_tokens])).toEqual([
      [3, 32],
      [0, 32],
      [7, 39],
    ]);
  });

  it('has the right tokens after a chunk that had no count', () => {
    const frames = readFrames(
      encodeAll([
        chunkOf('a', { usage: usageAt(67) }),
        chunkOf('b', { usage: undefined }),
        chunkOf('x'.repeat(70_000), { usage: usageAt(91) }),
      ]),
    );
    expect(frames.map(({ usage }) => usage && [usage.completion_tokens, usage.total_tokens])).toEqual([
      [67, 96],
      undefined,
      [0, 96],
      [24, 120],
    ]);
  });

  it('of one character goes out as it is, however long the rest of its line', () => {
    expect(readFrames(encodeAll([chunkOf('😀', { id: 'i'.repeat(70_000) })]))).toHaveLength(1);
  });

  const part = fc
    .constantFrom('x', '"', '\n', '千', '😀', 'event', '\u0001')
    .chain((unit) => fc.integer({ min: 0, max: 80_000 }).map((count) => unit.repeat(count)));
  const chunks = fc
    .array(fc.tuple(part, part, fc.integer({ min: 0, max: 500 })), { minLength: 1, maxLength: 3 })
    .map((all) =>
      all.map(([head, tail, tokens], index) => ({ text: head + tail, tokens, isEnd: index === all.length - 1 })),
    );

  it('is split into frames that fit, between characters, and loses nothing', () => {
    fc.assert(
      fc.property(chunks, fc.boolean(), (all, isCounted) => {
        let counted = 0;
        const stream = encodeAll(
          all.map(({ text, tokens, isEnd }) =>
            chunkOf(text, { isEnd, ...(isCounted ? { usage: usageAt((counted += tokens)) } : {}) }),
          ),
        );
        const lengths = readLines(stream).map((line) => Buffer.byteLength(line));
        expect(Math.max(...lengths)).toBeLessThanOrEqual(longestLineBytes);

        const frames = readFrames(stream);
        expect(textOf(frames)).toBe(all.map(({ text }) => text).join(''));
        expect(frames.every(({ result }) => result.isWellFormed())).toBe(true);
        expect(frames.map((frame) => frame.sentence_id)).toEqual(frames.map((_, index) => index));
        expect(frames.map((frame) => frame.is_end)).toEqual(frames.map((_, index) => index === frames.length - 1));

        let total = 29;
        for (const { usage } of isCounted ? frames : []) {
          total += usage?.completion_tokens ?? Number.NaN;
          expect(usage).toMatchObject({ prompt_tokens: 29, total_tokens: total });
        }
        expect(frames.some(({ usage }) => usage !== undefined)).toBe(isCounted);
        expect(total).toBe(29 + counted);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the end of a stream that failed', () => {
  it('is one frame for Python, Go and Node and one that is no JSON for Java', () => {
    const stream = createV1StreamEncoder('request-1').fail(new GatewayError('high_load', 'Busy:\nno event'));
    expect(stream).toBe(
      'data: {"error_code":336100,"error_msg":"Busy:\\nno \\u0065vent","error":"Busy:\\nno \\u0065vent","id":"request-1"}\n\n' +
        'data: [ABORTED]\n\n',
    );
  });
});
