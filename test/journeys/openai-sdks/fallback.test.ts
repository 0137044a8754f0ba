// Both upstreams in an order: what moves a request on, what does not, and what the caller is told.
import { createV1Client, parseFrames } from '../../servers/v1-client.ts';
import type { V1Client } from '../../servers/v1-client.ts';
import { collectChunks, createOpenAiClient } from './sdk-drivers.ts';
import { postCompletion, readRequestCounts, useLocalRuns } from './use-local-runs.ts';

const UPSTREAM = 'qianfan-v1,openai';
const MODELS = '{"SQLCoder-7B":"sqlcoder_7b","StarCoder":"starcoder"}';
const closed = { UPSTREAM, MODELS, QIANFAN_BASE_URL: 'http://127.0.0.1:9' };
const run = useLocalRuns({
  both: { UPSTREAM, MODELS },
  gone: { UPSTREAM, MODELS },
  'V1 closed, IAM': { ...closed, QIANFAN_ACCESS_KEY: 'own-access-key', QIANFAN_SECRET_KEY: 'own-iam-secret' },
  'V1 closed, OAuth': { ...closed, QIANFAN_AK: 'own-api-key', QIANFAN_SK: 'own-secret-key' },
});

let client: V1Client;
beforeAll(async () => {
  client = await createV1Client(run('both').url);
});

const readSteps = ({ headers }: Response) => [headers.get('x-upstream'), headers.get('x-upstream-fallback')];
const movedOn = ['openai', 'qianfan-v1 unsupported_method'];
const stayed = [null, null];

/** Makes a call in each dialect, whole or streamed. */
const askAll = (endpoint: string, prompt: string, stream: boolean): Promise<Response[]> =>
  Promise.all([
    client.post(endpoint, { prompt, stream }),
    postCompletion(run('both'), { model: endpoint, prompt, stream }),
  ]);

describe.each([false, true])('with stream: %s', (stream) => {
  it.each(['sqlcoder_7b', 'starcoder'])('%s is answered by the second upstream when V1 is gone', async (endpoint) => {
    const [v1Answer, openAiAnswer] = await askAll(endpoint, 'x [fault v1_gone words=8 frame_delay_ms=1]', stream);
    expect([v1Answer, openAiAnswer].map((answer) => answer && readSteps(answer))).toEqual([movedOn, movedOn]);
    expect(await v1Answer?.text()).toMatch(stream ? /"is_end":true/ : /"result":"\w/);
    expect(await openAiAnswer?.text()).toMatch(stream ? /data: \[DONE\]\n\n$/ : /"text":"\w/);
  });

  it('an unknown custom endpoint stays with the first: nobody may serve it', async () => {
    const { openai } = await readRequestCounts(run('both'));
    const [v1Answer, openAiAnswer] = await askAll('lbwxxxd4_unknown', 'x [fault v1_gone]', stream);
    expect([v1Answer, openAiAnswer].map((answer) => answer && readSteps(answer))).toEqual([stayed, stayed]);
    expect(await v1Answer?.json()).toMatchObject({ error_code: 3 });
    expect(openAiAnswer?.status).toBe(404);
    expect((await readRequestCounts(run('both'))).openai).toBe(openai);
  });

  it.each([
    ['reset', 'qianfan-v1 upstream_unreachable maybe-charged'],
    ['http_status=500', 'qianfan-v1 upstream_http_error maybe-charged'],
    ['error_code=336100', 'qianfan-v1 high_load'],
    ['error_code=336501', 'qianfan-v1 rpm_limit_reached'],
    ['error_code=336005', 'qianfan-v1 api_name_not_found'],
  ])('%s moves a request on and is told', async (directive, step) => {
    const answers = await askAll('sqlcoder_7b', `x [fault ${directive} only=v1 words=8 frame_delay_ms=1]`, stream);
    expect(answers.map(readSteps)).toEqual([
      ['openai', step],
      ['openai', step],
    ]);
    for (const answer of answers) expect(await answer.text()).not.toContain('"error');
  });

  it.each(['error_code=336003', 'error_code=336103', 'error_code=17'])('%s does not move it on', async (directive) => {
    const { openai } = await readRequestCounts(run('both'));
    const answers = await askAll('sqlcoder_7b', `x [fault ${directive} only=v1]`, stream);
    expect(answers.map(readSteps)).toEqual([stayed, stayed]);
    for (const answer of answers) expect(await answer.text()).toContain('"error');
    expect((await readRequestCounts(run('both'))).openai).toBe(openai);
  });

  const askClosed = async (title: 'V1 closed, IAM' | 'V1 closed, OAuth') => {
    const answer = await postCompletion(run(title), {
      model: 'SQLCoder-7B',
      prompt: 'x [fault words=8 frame_delay_ms=1]',
      stream,
    });
    return { status: answer.status, upstream: answer.headers.get('x-upstream') };
  };
  const answered = { status: 200, upstream: 'openai' };

  it('a V1 that nobody serves, called with IAM keys, moves a request on', async () => {
    expect(await askClosed('V1 closed, IAM')).toEqual(answered);
  });

  // Ends with service_token_failed: the token cannot be obtained, and that moves nothing on.
  it('a V1 that nobody serves, called with OAuth keys, moves a request on', async () => {
    expect(await askClosed('V1 closed, OAuth')).toEqual(answered);
  });
});

it('no header tells of a fallback when there was none', async () => {
  const answers = await askAll('sqlcoder_7b', 'x [fault words=8 frame_delay_ms=1]', false);
  expect(answers.map(readSteps)).toEqual([stayed, stayed]);
});

it.each(['error_after_frames=2 error_code=336100', 'cut_after_frames=2'])(
  'nothing moves on after the first event: %s',
  async (directive) => {
    const before = await readRequestCounts(run('both'));
    const prompt = `x [fault frames=4 frame_delay_ms=1 ${directive} only=v1]`;
    const [v1Answer, openAiAnswer] = await askAll('sqlcoder_7b', prompt, true);
    expect([v1Answer, openAiAnswer].map((answer) => answer && readSteps(answer))).toEqual([stayed, stayed]);
    const frames = parseFrames((await v1Answer?.text()) ?? '');
    expect(frames.map((frame) => Object.hasOwn(frame, 'result'))).toEqual([true, true, false, false]);
    expect(frames[2]?.error_code).toBeGreaterThan(0);
    expect(await openAiAnswer?.text()).toMatch(/data: \{"error":\{[^\n]*\n\n$/);
    expect(await readRequestCounts(run('both'))).toEqual({ v1: before.v1 + 2, openai: before.openai });
  },
);

it('both refusing gives the error of the last', async () => {
  const answer = await client.complete('sqlcoder_7b', { prompt: 'x [fault error_code=336502]' });
  expect(answer.error_code).toBe(336502);
});

it('the day V1 is switched off, both kinds of clients keep working', async () => {
  const local = run('gone');
  const v1Client = await createV1Client(local.url);
  const openAiClient = createOpenAiClient('openai 7', local.url);
  const prompt = 'x [fault words=8 frames=3 frame_delay_ms=1]';
  const ask = async () => {
    const { result } = await v1Client.complete('starcoder', { prompt });
    const frames = await v1Client.stream('starcoder', { prompt });
    const chunks = await collectChunks(openAiClient, { prompt });
    expect(frames.map((frame) => frame.result).join('')).toBe(result);
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(result);
    return result;
  };
  const before = await ask();
  expect(await readRequestCounts(local)).toEqual({ v1: 3, openai: 0 });
  await fetch(`${local.simulatorUrl}/simulator/v1-gone`, { method: 'POST', body: '{"gone":true}' });
  expect(await ask()).toBe(before);
  expect(await readRequestCounts(local)).toEqual({ v1: 6, openai: 3 });
});
