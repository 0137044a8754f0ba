// Pages of other origins: the browser bundle of the Node SDK, which signs nothing, and plain fetch with an access_token.
import { readSimulatorCounts } from '../../servers/simulator-control.ts';
import { createPageFetch } from './create-page-fetch.ts';
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';
import { createV1Client, demoClient, parseFrames } from '../../servers/v1-client.ts';
import type { V1Answer, V1Client } from '../../servers/v1-client.ts';
import { loadBrowserSdk } from './load-browser-sdk.ts';
import type { BrowserClient } from './load-browser-sdk.ts';
import { at, iamKeys } from './start-node-sdk.ts';
import type { Options } from './start-node-sdk.ts';

const allowedOrigin = 'https://app.example';
const otherOrigins = ['https://other.example', 'http://app.example', 'https://app.example:8443', 'null'];
const pagesClient = { id: 'pages', secret: 'pages-secret', models: ['SQLCoder-7B', 'StarCoder'] };

let local: LocalRun;
let localForNoPage: LocalRun;
let client: V1Client;
let clientOfNoPage: V1Client;

beforeAll(async () => {
  const CLIENTS = JSON.stringify([demoClient, pagesClient]);
  [local, localForNoPage] = await Promise.all([
    startLocalRun({ CLIENTS, ALLOWED_ORIGINS: allowedOrigin, ANONYMOUS_CLIENT: 'pages' }),
    startLocalRun(),
  ]);
  client = await createV1Client(local.url);
  clientOfNoPage = await createV1Client(localForNoPage.url);
});

afterAll(async () => {
  await Promise.all([local.stop(), localForNoPage.stop()]);
});

const completionsUrl = ({ url }: LocalRun, endpoint: string, { accessToken } = client): string =>
  `${url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}?access_token=${accessToken}`;

/** A browser asks before it sends this … */
const jsonPost = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** … and sends this at once, as text/plain. */
const simplePost = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

describe('the Node SDK in a page of an allowed origin, without keys', () => {
  const createClient = (options: Options = {}): BrowserClient => {
    const { Completions, setBrowserVariable } = loadBrowserSdk(createPageFetch(allowedOrigin));
    setBrowserVariable(at(local.url));
    return new Completions(options);
  };

  it('returns the text', async () => {
    const expected = await client.complete('sqlcoder_7b', { prompt: '你好' });
    const answer = await createClient().completions({ prompt: '你好' }, 'SQLCoder-7B');
    expect(answer).toMatchObject({ object: 'completion', result: expected.result });
  });

  it('streams the same text', async () => {
    const expected = await client.complete('sqlcoder_7b', { prompt: '你好' });
    const stream = await createClient().completions({ prompt: '你好', stream: true }, 'SQLCoder-7B');
    const frames: V1Answer[] = [];
    for await (const frame of stream as AsyncIterable<V1Answer>) frames.push(frame);
    expect(frames.map(({ result }) => result).join('')).toBe(expected.result);
    expect(frames.at(-1)?.is_end).toBe(true);
  });

  it('is told the models that ANONYMOUS_CLIENT may call, and refused the others', async () => {
    expect(await createClient().getAllModels('completions')).toEqual(['sqlcoder-7b', 'starcoder']);
    const refused = createClient().completions({ prompt: 'x' }, 'CodeLlama-7b-Instruct');
    expect(await refused.catch(String)).toContain('"error_code":336004');
  });

  it.each(['x [fault error_code=336003]', 'x [fault cut_after_frames=2]'])('throws at %s', async (prompt) => {
    const read = async (): Promise<void> => {
      const stream = await createClient().completions({ prompt, stream: true }, 'SQLCoder-7B');
      for await (const _ of stream as AsyncIterable<V1Answer>);
    };
    expect(await read().catch(String)).toMatch(/336003|The connection to the upstream broke/);
  });

  it('cancels upstream when it leaves a stream', async () => {
    const readAborted = async (): Promise<number> => (await readSimulatorCounts(local.simulatorUrl)).abortedRequests;
    const before = await readAborted();
    const prompt = 'x [fault frames=50 frame_delay_ms=200]';
    const stream = await createClient().completions({ prompt, stream: true }, 'SQLCoder-7B');
    for await (const _ of stream as AsyncIterable<V1Answer>) break;
    while ((await readAborted()) === before) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await readAborted()).toBe(before + 1);
  });

  it('may have IAM keys and sign after all', async () => {
    const signing = createClient({ ...iamKeys(), ENABLE_OAUTH: 'true' });
    expect(await signing.completions({ prompt: 'x' }, 'CodeLlama-7b-Instruct')).toMatchObject({ object: 'completion' });
  });

  it.each(otherOrigins)('gets nothing in a page of %s', async (origin) => {
    const { Completions } = loadBrowserSdk(createPageFetch(origin));
    const answer = new Completions(at(local.url)).completions({ prompt: 'x' }, 'SQLCoder-7B');
    expect(await answer.catch(String)).toContain('Failed to fetch');
  });
});

describe('plain fetch with an access_token, in a page of an allowed origin', () => {
  const fetchFromPage = createPageFetch(allowedOrigin);

  it.each([
    ['with', jsonPost],
    ['without', simplePost],
  ])('reads a text and the id of the request, %s a preflight', async (_with, post) => {
    const expected = await client.complete('starcoder', { prompt: 'a b' });
    const response = await fetchFromPage(completionsUrl(local, 'starcoder'), post({ prompt: 'a b' }));
    expect(response.headers.get('x-request-id')).toMatch(/./);
    expect(await response.json()).toMatchObject({ object: 'completion', result: expected.result });
  });

  it('reads a stream', async () => {
    const expected = await client.complete('starcoder', { prompt: 'a b' });
    const body = { prompt: 'a b', stream: true };
    const response = await fetchFromPage(completionsUrl(local, 'starcoder'), jsonPost(body));
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const frames = parseFrames(await response.text());
    expect(frames.map(({ result }) => result).join('')).toBe(expected.result);
  });

  it('reads errors, and is not taken for the anonymous client when its token is wrong', async () => {
    const url = completionsUrl(local, 'sqlcoder_7b', { ...client, accessToken: '24.wrong' });
    expect(await (await fetchFromPage(url, jsonPost({ prompt: 'x' }))).json()).toMatchObject({ error_code: 110 });
  });

  it('cannot ask for a token: a page would have to know the secret', async () => {
    const url = `${local.url}/oauth/2.0/token?grant_type=client_credentials&client_id=demo&client_secret=demo-secret`;
    await expect(fetchFromPage(url)).rejects.toThrow('Failed to fetch');
  });
});

describe('plain fetch with an access_token, in a page that is not allowed', () => {
  it.each(otherOrigins)('cannot read anything: %s', async (origin) => {
    const fetchFromPage = createPageFetch(origin);
    for (const init of [
      jsonPost({ prompt: 'x' }),
      simplePost({ prompt: 'x' }),
      simplePost({ prompt: 'x', stream: true }),
    ]) {
      await expect(fetchFromPage(completionsUrl(local, 'starcoder'), init)).rejects.toThrow('Failed to fetch');
    }
  });

  it('is every page without ALLOWED_ORIGINS', async () => {
    const fetchFromPage = createPageFetch(allowedOrigin);
    const url = completionsUrl(localForNoPage, 'starcoder', clientOfNoPage);
    for (const init of [jsonPost({ prompt: 'x' }), simplePost({ prompt: 'x' })]) {
      await expect(fetchFromPage(url, init)).rejects.toThrow('Failed to fetch');
    }
    await expect(fetchFromPage(`${localForNoPage.url}/health`)).rejects.toThrow('Failed to fetch');
  });
});

describe('ANONYMOUS_CLIENT', () => {
  const url = (): string => completionsUrl(local, 'sqlcoder_7b').replace(/\?.*/, '');

  it('is nobody whose request is not of an allowed origin', async () => {
    for (const headers of [{}, ...otherOrigins.map((origin) => ({ Origin: origin }))]) {
      const response = await fetch(url(), { ...simplePost({ prompt: 'x' }), headers });
      expect(await response.json()).toMatchObject({ error_code: 110 });
      const list = await fetch(`${local.url}/wenxinworkshop/service/list`, { method: 'POST', body: '{}', headers });
      expect(list.status).toBe(403);
    }
  });

  it('is not who has a token', async () => {
    const fetchFromPage = createPageFetch(allowedOrigin);
    const response = await fetchFromPage(completionsUrl(local, 'codellama_7b_instruct'), jsonPost({ prompt: 'x' }));
    expect(await response.json()).toMatchObject({ object: 'completion' });
  });
});

it('names the one origin that asks, never all of them, and allows no cookies', async () => {
  const headers = { Origin: allowedOrigin, 'Access-Control-Request-Method': 'POST' };
  for (const init of [
    { method: 'OPTIONS', headers },
    { ...simplePost({ prompt: 'x' }), headers },
  ]) {
    const answer = await fetch(completionsUrl(local, 'starcoder'), init);
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowedOrigin);
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  }
});
