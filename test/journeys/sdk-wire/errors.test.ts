// What the Python, Go and Java SDKs raise when a call fails: every failure is one that each of them sees.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { findHeader, headerOf } from '../../servers/raw-answer.ts';
import { openRawConnection } from '../../servers/raw-connection.ts';
import type { RawConnection } from '../../servers/raw-connection.ts';
import { go } from './go-wire.ts';
import { java } from './java-wire.ts';
import { python } from './python-wire.ts';
import type { Ask, Proof, SdkOutcome, SdkWire } from './sdk-wire.ts';
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';

const shop = { id: 'shop', secret: 'shop-secret' };
const good = { accessToken: issueAccessToken(shop, Date.now()) };
const sdks = [python, go, java];

let local: LocalRun;
let connection: RawConnection;

beforeAll(async () => {
  local = await startLocalRun({ CLIENTS: JSON.stringify([shop]) });
  connection = await openRawConnection(local.url);
});

afterAll(async () => {
  connection.close();
  await local.stop();
});

type Asked = Omit<Ask, 'endpoint'>;

async function send(sdk: SdkWire, asked: Asked, proof: Proof = good) {
  const request = sdk.writeCompletionRequest(local.url, proof, { endpoint: 'starcoder', ...asked });
  const answer = await connection.exchange(request);
  const outcome: SdkOutcome = asked.stream ? sdk.readStream(answer) : sdk.readCompletion(answer);
  return { answer, outcome };
}

const month = 31 * 86_400_000;
const failures: readonly (readonly [code: number, what: string, message: RegExp, Partial<Asked>, proof?: Proof])[] = [
  [18, 'too many requests', /^Open api qps request limit reached$/, { prompt: 'p [fault error_code=18]' }],
  [17, 'a spent quota', /daily/, { prompt: 'p [fault error_code=17]' }],
  [336003, 'what Qianfan refuses', /./, { prompt: 'p [fault error_code=336003]' }],
  [336003, 'what the gateway refuses', /^temperature is 1.5; /, { parameters: { temperature: 1.5 } }],
  [336003, 'an empty prompt', /^prompt is empty/, { prompt: '' }],
  [336100, 'an overload', /^人工智能是一项革命性的技术。/, { prompt: 'p [fault error_code=336100]' }],
  [2, 'a status of 503', /./, { prompt: 'p [fault http_status=503]' }],
  [336000, 'a page of HTML', /./, { prompt: 'p [fault body=html]' }],
  [110, 'a token of nobody', /^Access token invalid or no longer valid$/, {}, { accessToken: `${good.accessToken}x` }],
  [111, 'a token of last month', /expired/, {}, { accessToken: issueAccessToken(shop, Date.now() - month) }],
  [14, 'a wrong Secret Key', /^IAM Certification failed$/, {}, { keys: { ...shop, secret: 'shop-Secret' } }],
  [14, 'an unknown Access Key', /^IAM Certification failed$/, {}, { keys: { ...shop, id: 'nobody' } }],
];

describe.each(sdks)('the $name SDK', (sdk) => {
  it.each([false, true].flatMap((stream) => failures.map((row) => [row[0], row[1], stream, row] as const)))(
    'raises %i for %s (stream: %s)',
    async (_code, _what, stream, [code, , message, asked, proof]) => {
      const { answer, outcome } = await send(sdk, { prompt: 'p', ...asked, stream }, proof);
      expect(outcome).toEqual({ results: [], raised: { code, message: expect.stringMatching(message) } });
      // An error looks the same whatever was asked for: status 200 and one line of JSON.
      expect([answer.status, headerOf(answer, 'Content-Type')]).toEqual([200, 'application/json']);
      expect(answer.body.toString()).not.toMatch(/[\r\n]/);
    },
  );

  it.each([
    ['an error', 'error_after_frames=2 error_code=336100', 336100, /^人工智能/],
    ['a cut connection', 'cut_after_frames=2', 336000, /./],
    ['an end without is_end', 'omit_is_end frames=2', 336000, /./],
  ])('hands out what came before %s in mid-stream, and raises', async (_what, directive, code, message) => {
    const prompt = `p [fault ${directive} frame_delay_ms=1]`;
    const { outcome, answer } = await send(sdk, { prompt, stream: true });
    expect(outcome.results).toHaveLength(2);
    expect(outcome.results.every((result) => result['is_end'] === false)).toBe(true);
    // The Java SDK knows only that something is wrong.
    const told = { code, message: expect.stringMatching(message) };
    expect(outcome.raised).toEqual(sdk === java ? { message: 'JsonSyntaxException' } : told);
    expect(answer.body.toString()).toMatch(/\n\ndata: \{"error_code":[^\n]+\n\ndata: \[ABORTED\]\n\n$/);
  });

  it('gets a line of more than 200,000 bytes in frames it can read, the word "event" included', async () => {
    const asked = { prompt: 'p [fault frames=1 words=40000 frame_delay_ms=1]' };
    const sync = await send(sdk, { ...asked, stream: false });
    const { outcome, answer } = await send(sdk, { ...asked, stream: true });
    const text = outcome.results.map(({ result }) => result).join('');
    expect(Buffer.byteLength(text)).toBeGreaterThan(200_000);
    expect(text).toMatch(/\bevent\b.*\bevents\b/);
    expect(answer.body.includes('event')).toBe(false);
    expect(text).toBe(sync.outcome.results[0]?.result);
    expect(outcome.results.at(-1)).toMatchObject({ is_end: true, usage: sync.outcome.results[0]?.['usage'] });
  });

  it.each([
    ['an unknown API Key', { ...shop, id: 'nobody' }, 'unknown client id'],
    ['a wrong Secret Key', { ...shop, secret: 'wrong' }, 'Client authentication failed'],
  ])('is told of %s by the token endpoint', async (_what, keys, description) => {
    const answer = await connection.exchange(sdk.writeTokenRequest(local.url, keys));
    expect([answer.status, headerOf(answer, 'Content-Type')]).toEqual([401, 'application/json']);
    expect(() => sdk.readToken(answer)).toThrow(description);
  });

  it.each([
    [
      'an unknown Access Key',
      { ...shop, id: 'nobody' },
      'InvalidAccessKeyId',
      'NotFound, cause: Could not find credential.',
    ],
    [
      'a wrong Secret Key',
      { ...shop, secret: 'wrong' },
      'SignatureDoesNotMatch',
      'SignatureDoesNotMatch, cause: Fail to authn user: Signature does not match',
    ],
  ])('is told of %s by the list', async (_what, keys, code, message) => {
    const answer = await connection.exchange(sdk.writeListRequest(local.url, keys));
    expect(() => sdk.readList(answer)).toThrow(new RegExp(`^${sdk.name}: `));
    expect(findHeader(answer, 'X-Bce-Error-Code')).toBe(code);
    // The Python SDK compares this text.
    expect(findHeader(answer, 'X-Bce-Error-Message')).toBe(message);
  });
});
