import { answerStream, expandRequests } from '../../../../lib/dialects/openai/answer.ts';
import type { Completion, CompletionChunk, Upstream, UpstreamCall } from '../../../../lib/core/completion.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../../lib/core/models.ts';
import { withFallback } from '../../../../lib/upstream/fallback.ts';
import { withRescue } from '../../../../lib/upstream/rescue/rescue.ts';
import { decodeOpenAiBody } from '../../../../lib/dialects/openai/completions-request.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import { createContinuingUpstream } from '../../upstream/rescue/continuing-upstream.ts';

const model = createModelCatalog({}).resolve('StarCoder');
const died = new GatewayError('upstream_truncated', 'died');

interface Read {
  /** The texts, in the order of their indexes. */
  readonly texts: readonly string[];
  readonly error: unknown;
}

/** Reads a stream up to its end or its error. */
async function read(upstream: Upstream, fields: object, more: Partial<UpstreamCall> = {}): Promise<Read> {
  const asked = decodeOpenAiBody({ model: 'StarCoder', prompt: 'p:', stream: true, ...fields });
  const call = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity, ...more };
  const requests = expandRequests(asked, model);
  const texts = requests.map(() => '');
  try {
    for await (const event of await answerStream({ asked, requests, upstream, call, onUsage: () => undefined })) {
      if (event.includes('[DONE]')) continue;
      const { choices } = JSON.parse(event.replace(/^data: /, '')) as { choices: { text: string; index: number }[] };
      for (const { text, index } of choices) texts[index] += text;
    }
  } catch (error) {
    return { texts, error };
  }
  return { texts, error: undefined };
}

const createUpstream = (pieces: readonly string[], more: Partial<Completion>): Upstream => ({
  complete: () => Promise.reject(new Error('not asked')),
  stream: async () =>
    (async function* (): AsyncGenerator<CompletionChunk> {
      for (const text of pieces) yield { id: 'as-1', createdSeconds: 1, text, isSafe: true, isEnd: false, ...more };
      throw died;
    })(),
});

describe('a text that breaks off', () => {
  it.each<[string, readonly string[], string]>([
    ['with what was held back because a stop item might begin there', ['abcd', 'efghi'], 'abcdefghi'],
    ['without a stop item that it had come to', ['abcdE', 'ND'], 'abcd'],
    ['with a stop item that it went on after', ['END', 'a', 'bcd'], 'ENDabcd'],
  ])('is passed on %s', async (_name, pieces, text) => {
    const outcome = await read(createUpstream(pieces, { includesStop: true }), { stop: ['END'] });
    expect(outcome).toEqual({ texts: [text], error: died });
  });
});

it('the second text is continued by another upstream when its own cannot be reached any more', async () => {
  const text = 'abcdefghi';
  const lives = [{}, { diesAfter: 3 }, { isStillborn: true, of: 'upstream_connect_timeout' as const }];
  const upstream = withRescue(
    withFallback([
      { name: 'one', upstream: createContinuingUpstream(text, lives) },
      { name: 'two', upstream: createContinuingUpstream(text, []) },
    ]),
    createFakeClock(),
  );
  await expect(read(upstream, { n: 2 }, { maxRescues: 1 })).resolves.toEqual({ texts: [text, text], error: undefined });
});
