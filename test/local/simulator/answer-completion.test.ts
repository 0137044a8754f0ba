import type { Simulator } from '../../../local/simulator/server.ts';
import { countTokens } from '../../../local/simulator/generate-text.ts';
import { complete, readFrames, startTestSimulator, untilAborted } from './simulator-client.ts';
import type { Answer, Frame } from './simulator-client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator();
});
afterAll(() => simulator.close());

async function completeFaulty(fault: string, stream = true): Promise<Answer> {
  return complete(simulator, { body: { prompt: `Hi [fault ${fault}]`, stream } });
}

function joinResults(text: string): string {
  return readFrames(text)
    .map(({ result }) => result)
    .join('');
}

it('frames and words size the answer', async () => {
  const stream = readFrames((await completeFaulty('frames=3 words=7')).text);
  expect(stream.map(({ result }) => countTokens(result))).toEqual([2, 3, 2]);
  expect(readFrames((await completeFaulty('frames=200')).text)).toHaveLength(200);
});

it('frames=1 with many words makes one line longer than 64 KiB', async () => {
  const { text } = await completeFaulty('frames=1 words=20000');
  expect(Buffer.byteLength(text)).toBeGreaterThan(65_536);
  expect(readFrames(text)).toHaveLength(1);
});

it.each([0, 1, 2, 3])('cut_after_frames=%d breaks the connection after that many of 3 frames', async (count) => {
  const answer = await completeFaulty(`frames=3 cut_after_frames=${count}`);
  expect(answer.brokenBy).toBe('ECONNRESET');
  expect(readFrames(answer.text)).toHaveLength(count);
});

it('cut_after_frames breaks an answer in one piece in its middle', async () => {
  const answer = await completeFaulty('cut_after_frames=1', false);
  expect(answer.brokenBy).toBe('ECONNRESET');
  expect(answer.text.length).toBeGreaterThan(0);
  expect(answer.text.length).toBeLessThan(Number(answer.headers.get('Content-Length')));
});

it('error_after_frames sends an error frame and ends the stream cleanly', async () => {
  const answer = await completeFaulty('frames=5 error_after_frames=2');
  const frames = readFrames(answer.text);
  expect(answer.brokenBy).toBe('');
  expect(frames).toHaveLength(3);
  expect(frames[2]).toMatchObject({ error_code: 336000, error_msg: 'Internal error' });
});

it('error_code chooses the error of error_after_frames', async () => {
  const frames = readFrames((await completeFaulty('error_after_frames=1 error_code=336100')).text);
  expect(frames).toHaveLength(2);
  expect(frames[1]).toHaveProperty('error_code', 336100);
});

it('error_after_frames is the whole answer when that is one piece', async () => {
  const { text } = await completeFaulty('error_after_frames=2 error_code=336100', false);
  expect(JSON.parse(text)).toHaveProperty('error_code', 336100);
});

it('omit_is_end ends the stream cleanly without saying so', async () => {
  const answer = await completeFaulty('frames=3 omit_is_end');
  expect(answer.brokenBy).toBe('');
  expect(readFrames(answer.text).map((frame) => frame.is_end)).toEqual([false, false, false]);
});

it.each([true, false])('split_utf8 splits every character of several bytes (stream: %s)', async (stream) => {
  const whole = await completeFaulty('words=30', stream);
  const split = await completeFaulty('words=30 split_utf8', stream);
  expect(split.pieces.length).toBeGreaterThan(10);
  for (const piece of split.pieces) expect(piece.toString()).toMatch(/^[\0-\x7f\ufffd]*$/);
  const textOf = stream ? joinResults : (text: string) => (JSON.parse(text) as Frame).result;
  expect(textOf(split.text)).toBe(textOf(whole.text));
});

it.each([
  [true, 2],
  [false, 0],
])('stall_after_frames leaves the connection open and silent (stream: %s)', async (stream, frames) => {
  const controller = new AbortController();
  const { abortedRequests } = simulator.stats();
  const received = Promise.withResolvers<void>();
  let text = '';
  const stalled = complete(simulator, {
    body: { prompt: 'Hi [fault frames=3 stall_after_frames=2]', stream },
    signal: controller.signal,
    onPiece(piece) {
      text += piece.toString();
      if (text.split('\n\n').length === frames + 1) received.resolve();
    },
  });
  await received.promise;
  // Another request is answered in full meanwhile, so the first one is not merely slow.
  await completeFaulty('frames=3');
  expect(simulator.stats().abortedRequests).toBe(abortedRequests);
  controller.abort();
  const answer = await stalled;
  expect(answer.brokenBy).not.toBe('');
  expect(answer.text.split('\n\n')).toHaveLength(frames + 1);
  await untilAborted(simulator, abortedRequests + 1);
});
