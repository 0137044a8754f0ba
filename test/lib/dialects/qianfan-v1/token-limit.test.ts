import type { Completion, CompletionChunk } from '../../../../lib/core/completion.ts';
import { decodeV1Request, encodeV1Request } from '../../../../lib/dialects/qianfan-v1/completions-request.ts';
import { anyRequest, answer, createExchange, json } from '../../../doubles/create-exchange.ts';

const wireUsageOf = (completionTokens: number | undefined) =>
  completionTokens === undefined ? undefined : { prompt_tokens: 3, total_tokens: 3 + completionTokens };

/** Tokens are of the text so far, as V1's total has them. */
type Piece = readonly [text: string, tokens: number | undefined];

interface Run {
  readonly seen: CompletionChunk[];
  /** Whether the upstream was left before the end of its body. */
  readonly isCancelled: boolean;
}

async function runStream(pieces: readonly Piece[], maxTokens: number | undefined): Promise<Run> {
  let read = 0;
  const frames = pieces.map(([result, tokens], index) => {
    const frame = { result, usage: wireUsageOf(tokens), is_end: index === pieces.length - 1 };
    return `data: ${JSON.stringify(frame)}\n\n`;
  });
  const { upstream, call, answerWith } = createExchange();
  answerWith(async (request, signal) => {
    const response = await answer(frames, { contentType: 'text/event-stream' })(request, signal);
    const body = (async function* () {
      yield* response.body;
      read = Infinity;
    })();
    return { ...response, body };
  });
  const chunks = await upstream.stream({ ...anyRequest, maxTokens }, call());
  return { seen: await Array.fromAsync(chunks), isCancelled: read !== Infinity };
}

async function runWhole([result, tokens]: Piece, maxTokens: number | undefined): Promise<Completion> {
  const { upstream, call, answerWith } = createExchange();
  answerWith(json({ result, usage: wireUsageOf(tokens) }));
  return upstream.complete({ ...anyRequest, maxTokens }, call());
}

describe('a whole text', () => {
  it.each<[string, Piece, number | undefined, string, string | undefined]>([
    ['without a limit', ['abcdefghij', 10], undefined, 'abcdefghij', undefined],
    ['below the limit', ['abcdefghij', 9], 10, 'abcdefghij', undefined],
    ['just at the limit', ['abcdefghij', 10], 10, 'abcdefghij', 'length'],
    ['one token above it', ['abcdefghijk', 11], 10, 'abcdefghij', 'length'],
    ['of twice the limit', ['abcdefghij', 10], 5, 'abcde', 'length'],
    ['cut within a character of the proportion', ['abcdefghij', 3], 1, 'abcd', 'length'],
    ['of surrogate pairs', ['😀😁😂😃', 4], 1, '😀', 'length'],
    ['without usage', ['abcdefghij', undefined], 1, 'abcdefghij', undefined],
    ['that is empty', ['', 5], 1, '', 'length'],
  ])('%s is right', async (_name, piece, maxTokens, text, finishReason) => {
    const completion = await runWhole(piece, maxTokens);
    expect([completion.text, completion.finishReason]).toEqual([text, finishReason]);
  });

  it('keeps the usage, which is what is charged', async () => {
    expect((await runWhole(['abcdefghij', 10], 5)).usage).toMatchObject({
      promptTokens: 3,
      completionTokens: 10,
      totalTokens: 13,
    });
  });
});

describe('a stream', () => {
  const pieces: Piece[] = [
    ['abcd', 4],
    ['efgh', 8],
    ['ijkl', 12],
  ];
  const show = ({ seen }: Run) => seen.map(({ text, isEnd, finishReason }) => [text, isEnd, finishReason]);

  it.each([undefined, 13])('passes whole with the limit %p', async (maxTokens) => {
    const run = await runStream(pieces, maxTokens);
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['efgh', false, undefined],
      ['ijkl', true, undefined],
    ]);
    expect(run.isCancelled).toBe(false);
  });

  it('is cut in proportion within the chunk that passes the limit, and cancelled', async () => {
    const run = await runStream(pieces, 6);
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['ef', true, 'length'],
    ]);
    expect(run.isCancelled).toBe(true);
  });

  it('ends with the chunk that reaches the limit exactly, and is cancelled', async () => {
    const run = await runStream(pieces, 8);
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['efgh', true, 'length'],
    ]);
    expect(run.isCancelled).toBe(true);
  });

  it('that reaches the limit with its last chunk is not cancelled: its connection is free for the next request', async () => {
    const run = await runStream(pieces, 12);
    expect(show(run).at(-1)).toEqual(['ijkl', true, 'length']);
    expect(run.isCancelled).toBe(false);
  });

  it('is cut in its first chunk', async () => {
    const run = await runStream(pieces, 1);
    expect(show(run)).toEqual([['a', true, 'length']]);
    expect(run.isCancelled).toBe(true);
  });

  it('passes whole when nobody counts', async () => {
    const run = await runStream(
      [
        ['abcd', undefined],
        ['efgh', undefined],
      ],
      1,
    );
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['efgh', true, undefined],
    ]);
  });

  it('says what was generated up to the cut', async () => {
    const { seen } = await runStream(pieces, 6);
    expect(seen.at(-1)?.usage).toMatchObject({ promptTokens: 3, completionTokens: 8, totalTokens: 11 });
  });
});

it('is what a V1 request asks for with max_output_tokens, and what its upstream is asked for', () => {
  const { parameters } = decodeV1Request('{"prompt":"p","max_output_tokens":5}');
  expect(parameters.maxTokens).toBe(5);
  expect(JSON.parse(encodeV1Request({ ...anyRequest, ...parameters }, false))).toMatchObject({ max_output_tokens: 5 });
});
