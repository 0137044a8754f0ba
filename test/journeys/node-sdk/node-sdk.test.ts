// The unmodified Node SDK against the local run: another base URL and other keys, and nothing else.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { readSimulatorCounts } from '../../servers/simulator-control.ts';
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';
import { createV1Client, demoClient } from '../../servers/v1-client.ts';
import type { V1Client } from '../../servers/v1-client.ts';
import { at, iamKeys, joinText, oauthKeys, startNodeSdk } from './start-node-sdk.ts';
import type { NodeSdk, Options, SdkCall, SdkOutcome } from './start-node-sdk.ts';

let local: LocalRun;
let client: V1Client;
let sdk: NodeSdk;

const restrictedClient = { id: 'restricted', secret: 'restricted-secret', models: ['SQLCoder-7B'] };

beforeAll(async () => {
  [local, sdk] = await Promise.all([
    startLocalRun({
      MODELS: '{"StarCoder":"lbwxxxd4_starcoder","Yi-34B-Chat":"lbwxxxd4_yi"}',
      CLIENTS: JSON.stringify([demoClient, restrictedClient]),
    }),
    startNodeSdk(),
  ]);
  client = await createV1Client(local.url);
});

afterAll(async () => {
  await Promise.all([local.stop(), sdk.stop()]);
});

const authentications = [
  ['OAuth', oauthKeys],
  ['IAM', iamKeys],
] as const;

/** What the gateway answers to a plain request. */
async function readText(endpoint: string, prompt: string): Promise<string> {
  const { result } = await client.complete(endpoint, { prompt });
  if (result === undefined || result === '') throw new Error(`${endpoint} has no text for the prompt`);
  return result;
}

/** Makes a call to the local run; with IAM keys and a model unless it has others. */
const ask = (prompt: string, call: Partial<SdkCall> = {}): Promise<SdkOutcome> =>
  sdk.call({
    model: 'SQLCoder-7B',
    ...call,
    options: { ...at(local.url), ...(call.options ?? iamKeys()) },
    body: { prompt, ...call.body },
  });

describe.each(authentications)('with %s keys', (_name, keys) => {
  describe.each<[string, string, Options, string | undefined]>([
    ['a model', 'sqlcoder_7b', {}, 'SQLCoder-7B'],
    ['an endpoint', 'lbwxxxd4_test1', { Endpoint: 'lbwxxxd4_test1' }, 'UNSPECIFIED_MODEL'],
    // As the SDK page prints it. The SDK sends messages then, not a prompt.
    ['an endpoint and no model', 'lbwxxxd4_test1', { Endpoint: 'lbwxxxd4_test1' }, undefined],
  ])('given %s', (_given, endpoint, options, model) => {
    const prompt = '你好，你是谁';
    const call = { options: { ...keys(), ...options }, model };

    it('returns the text', async () => {
      const { answer, error } = await ask(prompt, call);
      expect(error).toBeUndefined();
      expect(answer).toMatchObject({ object: 'completion', is_safe: 1, usage: { prompt_tokens: 1 } });
      expect(answer?.result).toBe(await readText(endpoint, prompt));
    });

    it('streams the same text', async () => {
      const outcome = await ask(prompt, { ...call, body: { stream: true } });
      expect(outcome.error).toBeUndefined();
      expect(joinText(outcome)).toBe(await readText(endpoint, prompt));
      const { frames } = outcome;
      expect(frames.length).toBeGreaterThan(2);
      expect(frames.map((frame) => frame.is_end)).toEqual(frames.map((_, index) => index === frames.length - 1));
    });
  });

  it('works under a stage', async () => {
    const { answer } = await ask('a b', { options: { ...at(`${local.url}/prod`), ...keys() } });
    expect(answer?.result).toBe(await readText('sqlcoder_7b', 'a b'));
  });
});

describe('a text', () => {
  it('arrives whole when it has the word "event"', async () => {
    const prompt = '[fault frames=4 words=300]';
    const expected = await readText('sqlcoder_7b', prompt);
    expect(expected).toMatch(/event/);
    expect(joinText(await ask(prompt, { body: { stream: true } }))).toBe(expected);
  });

  it('arrives whole when Qianfan sends 200 KB in one line', async () => {
    const prompt = '[fault frames=1 words=30000]';
    const expected = await readText('sqlcoder_7b', prompt);
    expect(Buffer.byteLength(expected)).toBeGreaterThan(200_000);
    expect((await ask(prompt)).answer?.result).toBe(expected);
    expect(joinText(await ask(prompt, { body: { stream: true } }))).toBe(expected);
  });
});

describe('the model list', () => {
  it('makes a model of MODELS callable by its name, with IAM keys', async () => {
    const { answer } = await ask('x y', { model: 'Yi-34B-Chat' });
    expect(answer?.result).toBe(await readText('lbwxxxd4_yi', 'x y'));
  });

  it('cannot help with names that the SDK refuses before it asks, but these serve as its Endpoint', async () => {
    expect((await ask('x y', { model: 'StarCoder' })).error).toMatch(/^TypeError/);
    const { answer } = await ask('x y', {
      options: { ...iamKeys(), Endpoint: 'StarCoder' },
      model: 'UNSPECIFIED_MODEL',
    });
    expect(answer?.result).toBe(await readText('lbwxxxd4_starcoder', 'x y'));
  });

  it.each(authentications)('leaves a restricted client the models it may call, with %s keys', async (_name, keys) => {
    const options = keys(restrictedClient);
    expect((await ask('x', { options })).answer).toMatchObject({ object: 'completion' });
    expect((await ask('x', { options, model: 'CodeLlama-7b-Instruct' })).error).toContain('"error_code":336004');
  });

  it.each([
    ['OAuth', oauthKeys, '"error_code":3,'],
    ['IAM', iamKeys, 'ERNIE-Bot-turbo is not supported'],
  ] as const)('has no model for a call that names none, with %s keys', async (_name, keys, error) => {
    expect((await ask('x', { options: keys(), model: undefined })).error).toContain(error);
  });
});

describe.each([{ stream: false }, { stream: true }])('an error, with %j', (mode) => {
  const badId = { id: 'nobody', secret: demoClient.secret };
  const badSecret = { id: demoClient.id, secret: 'wrong' };

  it('is thrown when repeating cannot help', async () => {
    const passedOn = await ask('x [fault error_code=336003]', { body: mode });
    expect(passedOn.error).toMatch(/"error_code":336003,"error_msg":"\w/);
    const found = await ask('x', { body: { ...mode, temperature: 0 } });
    expect(found.error).toContain('temperature must be a number in (0, 1.0]');
  });

  it.each([18, 336100, 336502])('%i is tried again here and there, and then returned, not thrown', async (code) => {
    const before = (await readSimulatorCounts(local.simulatorUrl)).completionRequests;
    const { answer, error } = await ask(`x [fault error_code=${code}]`, { body: mode });
    const body = new RegExp(`"error_code":${code},"error_msg":"[^"]`);
    // Who reads it as a stream finds that it is none.
    const [seen, expected] = mode.stream ? [error, /TypeError: .* is not async iterable/] : [answer, body];
    expect(JSON.stringify(seen)).toMatch(expected);
    expect((await readSimulatorCounts(local.simulatorUrl)).completionRequests - before).toBe(4);
  });

  it.each([18, 336100, 336502])('%i is forgotten when the SDK tries again with success', async (code) => {
    const outcome = await ask(`x ${JSON.stringify(mode)} [fault error_code=${code} times=2]`, { body: mode });
    expect(mode.stream ? outcome.frames.at(-1)?.is_end : outcome.answer?.object).toBe(mode.stream || 'completion');
  });

  it.each<[number, string, string, number]>([
    [110, 'of a secret that has changed', 'former-secret', 0],
    [111, 'older than 30 days', demoClient.secret, 31],
  ])('%i is thrown for an access_token %s', async (code, _reason, secret, days) => {
    const accessToken = issueAccessToken({ id: demoClient.id, secret }, Date.now() - days * 86_400_000);
    const { error } = await ask('x', { options: oauthKeys(), accessToken, body: mode });
    expect(error).toContain(`"error_code":${code},`);
  });

  it.each([
    ['an unknown API Key', oauthKeys(badId), '"error_description":"unknown client id"'],
    ['a wrong Secret Key of OAuth', oauthKeys(badSecret), '"error_description":"Client authentication failed"'],
    ['an unknown Access Key', iamKeys(badId), '"error_code":14,"error_msg":"IAM Certification failed"'],
    ['a wrong Secret Key of IAM', iamKeys(badSecret), '"error_code":14,"error_msg":"IAM Certification failed"'],
  ])('is thrown for %s', async (_name, options, error) => {
    expect((await ask('x', { options, body: mode })).error).toContain(error);
  });
});

describe('a stream', () => {
  it.each<[string, number, string]>([
    ['error_after_frames=2 error_code=336100', 2, '人工智能'],
    ['cut_after_frames=2', 2, 'The connection to the upstream broke'],
    ['omit_is_end frames=3', 3, 'ended the stream'],
  ])('throws at %s, after %i frames', async (directive, frameCount, message) => {
    const { frames, error } = await ask(`x [fault ${directive}]`, { body: { stream: true } });
    expect(frames).toHaveLength(frameCount);
    expect(frames.every((frame) => frame.is_end === false && frame.result !== '')).toBe(true);
    expect(error).toContain(message);
  });

  it('is cancelled upstream within 1 s when its reader leaves', async () => {
    const readAborted = async (): Promise<number> => (await readSimulatorCounts(local.simulatorUrl)).abortedRequests;
    const before = await readAborted();
    const prompt = 'x [fault frames=50 frame_delay_ms=200]';
    expect((await ask(prompt, { body: { stream: true }, leaveAfter: 2 })).frames).toHaveLength(2);
    const leftAtMs = performance.now();
    while ((await readAborted()) === before) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - leftAtMs).toBeLessThan(1_000);
  });
});
