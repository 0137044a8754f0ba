import type { Simulator } from '../../../local/simulator/server.ts';
import { countTokens } from '../../../local/simulator/generate-text.ts';
import {
  ask,
  complete,
  completionsPath,
  errorCode,
  fetchToken,
  readFrames,
  startTestSimulator,
} from './simulator-client.ts';
import type { Frame } from './simulator-client.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const prompt = 'Introduce the city Beijing';
let simulator: Simulator;
let slowSimulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs });
  slowSimulator = await startTestSimulator({ frameDelayMs: 3_600_000 });
});
afterAll(() => Promise.all([simulator.close(), slowSimulator.close()]));

async function completeText(body: object, endpoint?: string): Promise<string> {
  const { text } = await complete(simulator, { body, ...(endpoint === undefined ? {} : { endpoint }) });
  return (JSON.parse(text) as Frame).result;
}

it('answers with the documented fields, its usage counted in words', async () => {
  const answer = await complete(simulator, { body: { prompt } });
  const completion = JSON.parse(answer.text) as Frame;
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  const words = countTokens(completion.result);
  expect(completion).toEqual({
    id: expect.stringMatching(/^as-[0-9a-z]+$/) as string,
    object: 'completion',
    created: nowMs / 1000,
    result: expect.any(String) as string,
    is_safe: 1,
    usage: { prompt_tokens: 4, completion_tokens: words, total_tokens: 4 + words },
  });
  expect(words).toBeGreaterThanOrEqual(40);
});

it('answers the same for the same prompt and endpoint, and otherwise for another', async () => {
  const text = await completeText({ prompt });
  expect(await completeText({ prompt, temperature: 0.5, user_id: 'someone' })).toBe(text);
  expect(await completeText({ prompt: `${prompt}!` })).not.toBe(text);
  expect(await completeText({ prompt }, 'lbwxxxd4_test1')).not.toBe(text);
});

it('streams the same text in frames framed exactly as documented', async () => {
  const answer = await complete(simulator, { body: { prompt, stream: true } });
  const frames = readFrames(answer.text);
  expect(answer.headers.get('Content-Type')).toBe('text/event-stream');
  expect(frames.length).toBeGreaterThanOrEqual(5);
  expect(frames.map(({ result }) => result).join('')).toBe(await completeText({ prompt }));
  expect(frames.map((frame) => frame.sentence_id)).toEqual([...frames.keys()]);
  expect(frames.map((frame) => frame.is_end)).toEqual(frames.map((_, index) => index === frames.length - 1));
  expect(new Set(frames.map(({ id }) => id)).size).toBe(1);
});

it('counts streamed usage per frame, with a cumulative total', async () => {
  const { text } = await complete(simulator, { body: { prompt, stream: true } });
  let total = 4;
  for (const { result, usage } of readFrames(text)) {
    total += countTokens(result);
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: countTokens(result), total_tokens: total });
  }
});

it('stops where the text ends with a stop item, streamed or not', async () => {
  const text = await completeText({ prompt });
  const item = text.slice(60, 66);
  const stop = ['never to be seen', item];
  const stopped = await completeText({ prompt, stop });
  expect(stopped).toBe(text.slice(0, text.indexOf(item) + item.length));
  const { text: stream } = await complete(simulator, { body: { prompt, stop, stream: true } });
  const frames = readFrames(stream);
  expect(frames.map(({ result }) => result).join('')).toBe(stopped);
  expect(frames.at(-1)?.is_end).toBe(true);
});

it('waits before each frame, as long as the prompt or the simulator says', async () => {
  const controller = new AbortController();
  const waiting = complete(slowSimulator, { body: { prompt, stream: true }, signal: controller.signal });
  const hurried = await complete(slowSimulator, {
    body: { prompt: `${prompt} [fault frame_delay_ms=0]`, stream: true },
  });
  expect(readFrames(hurried.text).at(-1)?.is_end).toBe(true);
  controller.abort();
  const outcome = await waiting.then(({ text }) => text, errorCode);
  expect(['', 'ABORT_ERR']).toContain(outcome);
});

it('reads the body as JSON whatever its Content-Type', async () => {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const { text } = await complete(simulator, { body: { prompt }, headers });
  expect(text).toContain('"result"');
});

it('answers what is wrong with a body', async () => {
  const answer = await complete(simulator, { body: { prompt, temperature: 2 } });
  expect(answer.status).toBe(200);
  expect(answer.text).toBe('{"error_code":336003,"error_msg":"temperature must be in (0, 1.0]"}');
});

it('answers 336002 for the body that the StarCoder page prints', async () => {
  const url = `${simulator.url}${completionsPath}/starcoder?access_token=${await fetchToken(simulator)}`;
  const answer = await ask(url, { body: '{\n"prompt":"Using Python"}\n]\n}' });
  expect(answer.text).toBe('{"error_code":336002,"error_msg":"Invalid JSON"}');
});

it('answers 336007 for a body of more than 4 MiB', async () => {
  const answer = await complete(simulator, { body: { prompt: 'a'.repeat(4 * 1024 * 1024) } });
  expect(answer.text).toContain('"error_code":336007');
});

it('answers 336005 for the endpoint no_such_api', async () => {
  const answer = await complete(simulator, { body: { prompt }, endpoint: 'no_such_api' });
  expect(answer.text).toBe('{"error_code":336005,"error_msg":"API name not exist"}');
});

it.each(['GET', 'PUT', 'DELETE'])('answers 336101 for %s', async (method) => {
  const answer = await ask(`${simulator.url}${completionsPath}/sqlcoder_7b`, { method });
  expect([answer.status, answer.text]).toEqual([200, '{"error_code":336101,"error_msg":"Invalid HTTP Method"}']);
});

it('gives the Request_id back, on errors too', async () => {
  const headers = { Request_id: 'sdk-py-0.4.12.3-abcdefgh12345678' };
  const answer = await complete(simulator, { body: { prompt }, headers });
  const refused = await ask(`${simulator.url}${completionsPath}/sqlcoder_7b`, { headers });
  expect(answer.headers.get('X-Baidu-Request-Id')).toBe(headers.Request_id);
  expect(refused.headers.get('X-Baidu-Request-Id')).toBe(headers.Request_id);
});
