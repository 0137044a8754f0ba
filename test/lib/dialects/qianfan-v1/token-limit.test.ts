import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  Upstream,
  UpstreamCall,
} from '../../../lib/core/completion.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { withTokenLimit } from '../../../lib/upstream/token-limit.ts';

const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
const model = createModelCatalog({}).resolve('SQLCoder-7B');
const asking = (maxTokens: number | undefined): CompletionRequest => ({ model, prompt: 'p', maxTokens });
const head = { id: 'as-1', createdSeconds: 1, isSafe: true };

const usageOf = (completionTokens: number | undefined) =>
  completionTokens === undefined ? undefined : { promptTokens: 3, completionTokens, totalTokens: 3 + completionTokens };

/** Tokens are of the text so far, as the contract has them. */
type Piece = readonly [text: string, tokens: number | undefined];

interface Run {
  readonly seen: CompletionChunk[];
  /** How many chunks were taken from the upstream. */
  readonly taken: number;
  readonly isCancelled: boolean;
}

async function runStream(pieces: readonly Piece[], maxTokens: number | undefined): Promise<Run> {
  let taken = 0;
  let isCancelled = true;
  const upstream: Upstream = {
    complete: () => Promise.reject(new Error('not asked')),
    stream: async () =>
      (async function* () {
        for (const [index, [text, tokens]] of pieces.entries()) {
          taken += 1;
          yield { ...head, text, usage: usageOf(tokens), isEnd: index === pieces.length - 1 };
        }
        isCancelled = false;
      })(),
  };
  const seen = await Array.fromAsync(await withTokenLimit(upstream).stream(asking(maxTokens), call));
  return { seen, taken, isCancelled };
}

async function runWhole([text, tokens]: Piece, maxTokens: number | undefined): Promise<Completion> {
  const upstream: Upstream = {
    complete: async () => ({ ...head, text, usage: usageOf(tokens) }),
    stream: () => Promise.reject(new Error('not asked')),
  };
  return withTokenLimit(upstream).complete(asking(maxTokens), call);
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
    expect((await runWhole(['abcdefghij', 10], 5)).usage).toEqual(usageOf(10));
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
    expect(run).toMatchObject({ taken: 3, isCancelled: false });
  });

  it('is cut in proportion within the chunk that passes the limit, and cancelled', async () => {
    const run = await runStream(pieces, 6);
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['ef', true, 'length'],
    ]);
    expect(run).toMatchObject({ taken: 2, isCancelled: true });
  });

  it('ends with the chunk that reaches the limit exactly, and is cancelled', async () => {
    const run = await runStream(pieces, 8);
    expect(show(run)).toEqual([
      ['abcd', false, undefined],
      ['efgh', true, 'length'],
    ]);
    expect(run).toMatchObject({ taken: 2, isCancelled: true });
  });

  it('that reaches the limit with its last chunk is not cancelled: its connection is free for the next request', async () => {
    const run = await runStream(pieces, 12);
    expect(show(run).at(-1)).toEqual(['ijkl', true, 'length']);
    expect(run).toMatchObject({ taken: 3, isCancelled: false });
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
    expect(seen.at(-1)?.usage).toEqual(usageOf(8));
  });
});
