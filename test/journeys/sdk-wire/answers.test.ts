// What the Python, Go and Java SDKs send, replayed byte for byte, and the answers read as strictly as they do.
import { headerOf } from '../../servers/raw-answer.ts';
import { openRawConnection } from '../../servers/raw-connection.ts';
import type { RawConnection } from '../../servers/raw-connection.ts';
import { go } from './go-wire.ts';
import { java } from './java-wire.ts';
import { python } from './python-wire.ts';
import type { Ask, Proof, SdkOutcome, SdkWire } from './sdk-wire.ts';
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';
import { createV1Client } from '../../servers/v1-client.ts';

/** A secret that has to be encoded in a query, which the Java SDK does not do. */
const shop = { id: 'shop', secret: 'a+b/c=d' };
const prompt = 'Where is 北京 <b>=1&2</b> 🚀? [fault frames=3 frame_delay_ms=1]';
const parameters = { temperature: 0.5, top_k: 10, top_p: 0.9, penalty_score: 1.1, stop: ['。'], user_id: 'u-1' };

let local: LocalRun;
const texts = new Map<string, string>();

beforeAll(async () => {
  local = await startLocalRun({ CLIENTS: JSON.stringify([shop]) });
  const client = await createV1Client(local.url, shop);
  for (const endpoint of ['sqlcoder_7b', 'starcoder', 'lbwxxxd4_test1']) {
    texts.set(endpoint, (await client.complete(endpoint, { prompt, ...parameters })).result ?? '');
  }
});

afterAll(async () => {
  await local.stop();
});

/** Obtains what the SDK proves itself with, over the connection that then carries the call. */
async function prove(sdk: SdkWire, way: string, connection: RawConnection, baseUrl: string): Promise<Proof> {
  if (way === 'IAM') return { keys: shop };
  return { accessToken: sdk.readToken(await connection.exchange(sdk.writeTokenRequest(baseUrl, shop))) };
}

/** A model by name: signed, the SDKs look its endpoint up in the list; with OAuth they use what is built in. */
async function ask(sdk: SdkWire, way: string, target: string, connection: RawConnection, baseUrl: string) {
  if (target === 'endpoint') return { endpoint: 'lbwxxxd4_test1' };
  if (way === 'OAuth') return { endpoint: 'sqlcoder_7b', model: 'SQLCoder-7B' };
  const list = sdk.readList(await connection.exchange(sdk.writeListRequest(baseUrl, shop)));
  const endpoint = list.get('StarCoder') ?? list.get('starcoder') ?? 'not in the list';
  return { endpoint, model: 'StarCoder' };
}

/** What the SDK hands out: one result, or one for each of the three frames. */
function expectedOutcome({ stream }: Ask): SdkOutcome {
  const resultAt = (index: number) => ({
    id: expect.stringMatching(/^as-/),
    object: 'completion',
    created: expect.any(Number),
    ...(stream ? { sentence_id: index, is_end: index === 2 } : {}),
    result: expect.any(String),
    is_safe: 1,
    usage: {
      prompt_tokens: expect.any(Number),
      completion_tokens: expect.any(Number),
      total_tokens: expect.any(Number),
    },
  });
  return { results: (stream ? [0, 1, 2] : [0]).map(resultAt) };
}

const textOf = ({ results }: SdkOutcome): string => results.map(({ result }) => result).join('');

async function replay(sdk: SdkWire, way: string, target: string, mode: string, prefix: string) {
  const baseUrl = `${local.url}${prefix}`;
  const connection = await openRawConnection(local.url);
  const proof = await prove(sdk, way, connection, baseUrl);
  const stream = mode === 'stream';
  const asked = { ...(await ask(sdk, way, target, connection, baseUrl)), prompt, parameters, stream };
  const answer = await connection.exchange(sdk.writeCompletionRequest(baseUrl, proof, asked));
  connection.close();
  return { asked, answer, outcome: stream ? sdk.readStream(answer) : sdk.readCompletion(answer) };
}

const ways = ['', '/prod/qianfan'].flatMap((prefix) =>
  ['OAuth', 'IAM'].flatMap((way) =>
    ['model', 'endpoint'].flatMap((target) => ['sync', 'stream'].map((mode) => [way, target, mode, prefix] as const)),
  ),
);

describe.each([python, go, java])('the $name SDK', (sdk) => {
  it.each(ways)('with %s calls by %s, %s, under the path "%s"', async (...way) => {
    const { asked, answer, outcome } = await replay(sdk, ...way);
    expect(outcome).toEqual(expectedOutcome(asked));
    expect(textOf(outcome)).toBe(texts.get(asked.endpoint));
    // Limits that are not true make the Python and Node SDKs throttle themselves; nobody decompresses a stream.
    const names = answer.headers.map(([name]) => name);
    expect(names.filter((name) => /ratelimit|content-encoding/i.test(name))).toEqual([]);
  });

  it('finds the models that are served in the list, each at an endpoint that answers', async () => {
    const connection = await openRawConnection(local.url);
    const list = sdk.readList(await connection.exchange(sdk.writeListRequest(local.url, shop)));
    expect(list.size).toBe(11);
    for (const [model, endpoint] of list) {
      const asked = { endpoint, model, prompt: 'p', stream: false };
      const answer = await connection.exchange(sdk.writeCompletionRequest(local.url, { keys: shop }, asked));
      expect(sdk.readCompletion(answer)).not.toHaveProperty('raised');
    }
    connection.close();
  });

  it('reuses one connection for token, list, sync and streamed calls', async () => {
    const connection = await openRawConnection(local.url);
    const accessToken = sdk.readToken(await connection.exchange(sdk.writeTokenRequest(local.url, shop)));
    const asked = { endpoint: 'starcoder', prompt, parameters };
    const proofs = [{ accessToken }, { keys: shop }];
    for (const stream of [true, false, true]) {
      for (const proof of proofs) {
        const request = sdk.writeCompletionRequest(local.url, proof, { ...asked, stream });
        const answer = await connection.exchange(request);
        expect(headerOf(answer, 'Connection')).not.toBe('close');
        const outcome = stream ? sdk.readStream(answer) : sdk.readCompletion(answer);
        expect(outcome).toEqual(expectedOutcome({ ...asked, stream }));
      }
      await connection.exchange(sdk.writeListRequest(local.url, shop));
    }
    // Pooled connections may rest longer than Node's own 5 s.
    const answer = await connection.exchange(sdk.writeTokenRequest(local.url, shop));
    expect(Number(/timeout=(\d+)/.exec(headerOf(answer, 'Keep-Alive') ?? '')?.[1])).toBeGreaterThan(5);
    connection.close();
  });
});
