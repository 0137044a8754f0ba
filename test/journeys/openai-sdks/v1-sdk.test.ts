// The Node SDK speaks V1 only; with the OpenAI-compatible upstream it gets what the V1 upstream gives.
import { readRequestCounts, upstreams, useLocalRuns } from './use-local-runs.ts';
import type { UpstreamTitle } from './use-local-runs.ts';
import { at, iamKeys, joinText, oauthKeys, startNodeSdk } from '../node-sdk/start-node-sdk.ts';
import type { NodeSdk, Options, SdkOutcome } from '../node-sdk/start-node-sdk.ts';

const v1 = 'Qianfan V1';
const openai = 'an OpenAI-compatible server';

// The simulator's text depends on the id, so the preset is given the same one on both sides.
const MODELS = '{"SQLCoder-7B":"sqlcoder_7b","Yi-34B-Chat":"lbwxxxd4_yi"}';
const run = useLocalRuns({ [v1]: { ...upstreams[v1], MODELS }, [openai]: { ...upstreams[openai], MODELS } });

let sdk: NodeSdk;
beforeAll(async () => {
  sdk = await startNodeSdk();
});
afterAll(() => sdk.stop());

interface Call {
  readonly keys: () => Options;
  readonly body: object;
  readonly model?: string;
  readonly endpoint?: string | undefined;
}

const ask = (title: UpstreamTitle, { keys, body, model = 'SQLCoder-7B', endpoint }: Call): Promise<SdkOutcome> =>
  sdk.call({
    options: { ...at(run(title).url), ...keys(), ...(endpoint === undefined ? {} : { Endpoint: endpoint }) },
    model,
    body: { ...body },
  });

const prompt = '你好，你是谁 [fault words=12 frames=4 frame_delay_ms=1]';
/** What differs from answer to answer; the SDK adds the headers of the response. */
const unlike = { id: expect.stringMatching(/./), created: expect.any(Number), headers: expect.anything() };

describe.each([
  ['OAuth', oauthKeys],
  ['IAM', iamKeys],
])('with %s keys', (_name, keys) => {
  it.each([
    ['a preset', 'SQLCoder-7B', undefined],
    ['a configured model', 'Yi-34B-Chat', undefined],
    ['a custom endpoint', 'UNSPECIFIED_MODEL', 'lbwxxxd4_test1'],
  ])('%s gives the same answer, whole and streamed', async (_given, model, endpoint) => {
    // The SDK learns of configured models by the list, which takes IAM keys.
    const call = { keys: model === 'Yi-34B-Chat' ? iamKeys : keys, model, endpoint };
    const before = await readRequestCounts(run(openai));
    const expected = await ask(v1, { ...call, body: { prompt } });
    expect(expected.answer?.result).toMatch(/./);
    const { answer, error } = await ask(openai, { ...call, body: { prompt } });
    expect(error).toBeUndefined();
    expect(answer).toEqual({ ...expected.answer, ...unlike });

    const streamed = await ask(openai, { ...call, body: { prompt, stream: true } });
    expect(streamed.error).toBeUndefined();
    expect(joinText(streamed)).toBe(expected.answer?.result);
    const { frames } = streamed;
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.map((frame) => frame.is_end)).toEqual(frames.map((_, index) => index === frames.length - 1));
    expect(frames.at(-1)?.usage?.total_tokens).toBe(answer?.usage?.total_tokens);
    expect(await readRequestCounts(run(openai))).toEqual({ v1: before.v1, openai: before.openai + 2 });
  });
});

it('a text lacks the stop item that ended it: the OpenAI protocol does not say which it was', async () => {
  const whole = (await ask(v1, { keys: iamKeys, body: { prompt } })).answer?.result ?? '';
  const stop = whole.split(' ')[5] ?? '';
  const texts = [v1, openai] as const;
  const [withItem, without] = await Promise.all(
    texts.map((title) => ask(title, { keys: iamKeys, body: { prompt, stop: [stop] } })),
  );
  expect(withItem?.answer?.result).toBe(`${without?.answer?.result}${stop}`);
});

describe.each([{ stream: false }, { stream: true }])('an error, with %j', (mode) => {
  const readError = async (title: UpstreamTitle, directive: string): Promise<string> => {
    const body = { prompt: `x [fault ${directive}]`, ...mode };
    const { answer, error } = await ask(title, { keys: iamKeys, body });
    return error ?? JSON.stringify(answer);
  };
  const readCode = (text: string): string | undefined => /"error_code":(\d+)/.exec(text)?.[1];

  it.each([
    ['error_code=336003', '336003'],
    ['error_code=336007', '336007'],
    ['error_code=336103', '336103'],
    ['error_code=336501', '336501'],
    ['error_code=336004', '336004'],
  ])('of %s keeps its number', async (directive, code) => {
    expect(readCode(await readError(v1, directive))).toBe(code);
    expect(readCode(await readError(openai, directive))).toBe(code);
  });

  it('of the gateway is the same for both', async () => {
    const body = { prompt: 'x', temperature: 0, ...mode };
    const [first, second] = await Promise.all(
      [v1, openai].map((title) => ask(title as UpstreamTitle, { keys: iamKeys, body })),
    );
    expect(first?.error).toContain('"error_code":336003');
    const readFault = (text = '') => text.slice(text.indexOf('"error_code"')).replace(/"id":"[^"]*"/, '');
    expect(readFault(second?.error)).toBe(readFault(first?.error));
  });
});

// What is worth another try the SDK returns; who reads it as a stream finds that it is none, so no stream is asked for.
it.each([
  ['error_code=18', 336501],
  ['error_code=336502', 336502],
  ['error_code=336100', 336100],
  ['http_status=500', 336000],
  ['error=invalid_iam_token', 14],
])('%s of the OpenAI-compatible server becomes %i', async (directive, code) => {
  const { answer, error } = await ask(openai, { keys: iamKeys, body: { prompt: `x [fault ${directive}]` } });
  expect(error ?? JSON.stringify(answer)).toContain(`"error_code":${code},`);
});

it.each([
  ['error_after_frames=2 error=server_overloaded', 2, 'The server is overloaded'],
  ['cut_after_frames=2', 2, 'The connection to the upstream broke'],
  ['omit_is_end frames=3', 3, 'ended the stream'],
])('a stream with %s gives %i frames and then throws', async (directive, count, message) => {
  const { frames, error } = await ask(openai, {
    keys: oauthKeys,
    body: { prompt: `x [fault ${directive}]`, stream: true },
  });
  expect(frames).toHaveLength(count);
  expect(frames.every((frame) => frame.is_end === false && frame.result !== '')).toBe(true);
  expect(error).toContain(message);
});
