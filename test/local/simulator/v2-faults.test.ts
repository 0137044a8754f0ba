// The faults that happen during an answer of the V2 side, and those that happen on one side only.
import type { Simulator } from '../../../local/simulator/server.ts';
import { countTokens } from '../../../local/simulator/generate-text.ts';
import { complete, startTestSimulator, untilAborted } from './simulator-client.ts';
import type { Answer } from './simulator-client.ts';
import { askV2, readError, readV2Stream } from './v2-client.ts';
import type { V2Answer } from './v2-client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator();
});
afterAll(() => simulator.close());

const model = 'sqlcoder_7b';
const withUsage = { stream: true, stream_options: { include_usage: true } };

async function askFaulty(fault: string, body: object = {}): Promise<Answer> {
  return askV2(simulator, { body: { model, prompt: `Hi [fault ${fault}]`, ...body } });
}

async function streamFaulty(fault: string): Promise<ReturnType<typeof readV2Stream>> {
  return readV2Stream((await askFaulty(fault, withUsage)).text);
}

it('times counts requests of both sides together', async () => {
  const prompt = 'Hi [fault error_code=336100 times=2]';
  const v1 = await complete(simulator, { endpoint: model, body: { prompt } });
  const [first, second] = [
    await askV2(simulator, { body: { model, prompt } }),
    await askV2(simulator, { body: { model, prompt } }),
  ];
  expect([v1.text.includes('336100'), first.status, second.status]).toEqual([true, 503, 200]);
});

it('takes the directives of a list of prompts together', async () => {
  const prompt = ['a [fault words=3]', 'b [fault frames=3]'];
  const { choices } = JSON.parse((await askFaulty('', { prompt })).text) as V2Answer;
  expect(choices.map(({ text }) => countTokens(text ?? ''))).toEqual([3, 3]);
  expect((await askFaulty('', { prompt: ['a', 'b [fault error_code=18]'] })).status).toBe(429);
});

describe('one side only', () => {
  const callBoth = async (fault: string): Promise<[Answer, Answer]> => [
    await complete(simulator, { endpoint: model, body: { prompt: `Hi [fault ${fault}]` } }),
    await askFaulty(fault),
  ];

  it('v1_gone answers error 3 on the V1 side and a completion on the V2 side', async () => {
    const [v1, v2] = await callBoth('v1_gone');
    expect([v1.status, JSON.parse(v1.text)]).toMatchObject([200, { error_code: 3 }]);
    expect([v2.status, v2.text.includes('"text"')]).toEqual([200, true]);
    const [gone, other] = await callBoth('v1_gone http_status=410 words=2');
    expect([gone.status, other.status]).toEqual([410, 200]);
  });

  it('only=v1 and only=v2 leave the other side alone, all but its size', async () => {
    const [busy, answered] = await callBoth('only=v1 http_status=503 words=2');
    expect([busy.status, answered.status]).toEqual([503, 200]);
    expect((JSON.parse(answered.text) as V2Answer).usage?.completion_tokens).toBe(2);
    const [v1, v2] = await callBoth('only=v2 error_code=336000');
    expect([v1.text.includes('"result"'), v2.status]).toEqual([true, 500]);
  });

  it('takes no turn of times where it does not concern', async () => {
    const [, first] = await callBoth('only=v2 http_status=503 times=1');
    expect(first.status).toBe(503);
    const prompt = 'Hi [fault v1_gone times=1 words=4]';
    expect((await askV2(simulator, { body: { model, prompt } })).status).toBe(200);
    expect((await complete(simulator, { body: { prompt } })).text).toContain('"error_code":3');
    expect((await complete(simulator, { body: { prompt } })).text).toContain('"result"');
  });
});

it('frames, words and cut_after_frames count the frames of the text', async () => {
  const answer = await askFaulty('frames=3 cut_after_frames=3', { stream: true });
  expect(answer.brokenBy).toBe('ECONNRESET');
  const { chunks, finishReasons } = readV2Stream(answer.text);
  expect([chunks.length, finishReasons]).toEqual([3, [null, null, null]]);
  expect((await streamFaulty('frames=3 words=7')).chunks).toHaveLength(5);
});

it('error_after_frames sends an error frame and nothing more', async () => {
  const { chunks, isDone } = await streamFaulty('frames=5 error_after_frames=2 error_code=336100');
  expect([chunks.length, isDone]).toEqual([3, false]);
  expect(chunks[2]).toEqual({
    error: { code: 'server_overloaded', message: expect.any(String) as string, type: 'server_overloaded' },
    id: chunks[0]?.id,
  });
  const whole = await askFaulty('error_after_frames=2');
  expect([whole.status, readError(whole).code]).toEqual([500, 'internal_error']);
});

it.each([
  ['omit_is_end', [null, null], false, false],
  ['omit_finish_reason', [null, null, null, undefined], true, true],
  ['omit_done', [null, null, 'stop', undefined], true, false],
  ['omit_usage', [null, null, 'stop'], false, true],
])('%s leaves out no more than it says', async (fault, finishReasons, hasUsage, isDone) => {
  const stream = await streamFaulty(`${fault} frames=2`);
  expect(stream.finishReasons).toEqual(finishReasons);
  expect(stream.chunks.some(({ usage }) => typeof usage?.total_tokens === 'number')).toBe(hasUsage);
  expect(stream.isDone).toBe(isDone);
});

it('omit_usage and omit_finish_reason hold for an answer in one piece', async () => {
  expect((await askFaulty('omit_usage')).text).not.toContain('usage');
  const { choices } = JSON.parse((await askFaulty('omit_finish_reason')).text) as V2Answer;
  expect(choices[0]?.finish_reason).toBeNull();
});

it('omit_usage and keep_alive_comments hold on the V1 side', async () => {
  for (const stream of [false, true]) {
    const { text } = await complete(simulator, { body: { prompt: 'Hi [fault omit_usage]', stream } });
    expect([text.includes('"result"'), text.includes('usage')]).toEqual([true, false]);
  }
  const prompt = 'Hi [fault keep_alive_comments frames=2]';
  const { text } = await complete(simulator, { body: { prompt, stream: true } });
  expect(text).toMatch(/^: keep-alive\n\ndata: .*\n\n: keep-alive\n\ndata: /);
});

it('keep_alive_comments come before each frame and are all that is added', async () => {
  const { text } = await askFaulty('keep_alive_comments frames=2', { stream: true });
  const frames = text.split('\n\n').slice(0, -1);
  const comments = frames.filter((frame) => frame === ': keep-alive');
  expect(frames.filter((_, index) => index % 2 === 0)).toEqual(comments);
  const rest = text.replaceAll(': keep-alive\n\n', '');
  expect(readV2Stream(rest).isDone).toBe(true);
});

it('split_utf8 splits every character of several bytes', async () => {
  const split = await askFaulty('split_utf8', { stream: true });
  expect(split.pieces.length).toBeGreaterThan(10);
  for (const piece of split.pieces) expect(piece.toString()).toMatch(/^[\0-\x7f\ufffd]*$/);
  expect(readV2Stream(split.text).text).toBe((await streamFaulty('')).text);
});

it('stall_after_frames leaves the connection open', async () => {
  const controller = new AbortController();
  const { abortedRequests } = simulator.stats();
  const received = Promise.withResolvers<void>();
  const stalled = askV2(simulator, {
    body: { model, prompt: 'Hi [fault stall_after_frames=1]', stream: true },
    signal: controller.signal,
    onPiece: () => received.resolve(),
  });
  await received.promise;
  await streamFaulty('frames=3');
  expect(simulator.stats().abortedRequests).toBe(abortedRequests);
  controller.abort();
  expect(readV2Stream((await stalled).text).chunks).toHaveLength(1);
  await untilAborted(simulator, abortedRequests + 1);
});

it('refuse_suffix refuses a suffix, and nothing else', async () => {
  const askWith = (fields: object) =>
    askV2(simulator, { body: { model: 'm', prompt: 'Hi [fault refuse_suffix]', ...fields } });
  expect((await askWith({})).status).toBe(200);
  const refused = await askWith({ suffix: 'S' });
  expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: { code: 'invalid_argument' } }]);
});

it('a suffix is answered, and the text depends on it', async () => {
  const askWith = async (suffix?: string) =>
    (await askV2(simulator, { body: { model: 'm', prompt: 'Hi [fault words=5]', suffix } })).text.match(
      /"text":"[^"]*"/,
    )?.[0];
  expect(await askWith('S')).toBe(await askWith('S'));
  expect(new Set([await askWith(), await askWith('S'), await askWith('T')]).size).toBe(3);
});
