import { sendResponse } from '../../../lib/lambda/response-stream.ts';
import { installLambdaRuntime } from '../../../local/lambda-runtime.ts';
import { createResponseRecorder, settle } from './create-response-recorder.ts';

installLambdaRuntime();

const head = { status: 201, headers: { 'Content-Type': 'text/plain', 'X-Request-Id': 'r' } };
/** A signal that does not abort. */
const open = new AbortController().signal;
const prelude = { statusCode: 201, headers: head.headers };

/** The highWaterMark of the runtime's stream. */
const fullBytes = 65_536;

/** Pieces, and how many have been asked for. */
function countPieces(pieces: readonly string[]) {
  let asked = 0;
  let isClosed = false;
  async function* generate(): AsyncGenerator<string> {
    try {
      for (const piece of pieces) {
        asked += 1;
        yield piece;
      }
    } finally {
      isClosed = true;
    }
  }
  return { body: generate(), asked: () => asked, isClosed: () => isClosed };
}

describe('sendResponse', () => {
  it('sends status, headers and a whole body, and ends', async () => {
    const recorder = createResponseRecorder();
    await sendResponse(recorder.stream, { ...head, body: '千帆' }, open);
    await settle();
    expect(recorder.received()).toEqual({ prelude, body: '千帆' });
    expect(recorder.isEnded()).toBe(true);
  });

  it('sends status and headers of an empty body', async () => {
    const recorder = createResponseRecorder();
    await sendResponse(recorder.stream, { ...head, body: '' }, open);
    await settle();
    expect(recorder.received()).toEqual({ prelude, body: '' });
    expect(recorder.isEnded()).toBe(true);
  });

  it('sends the pieces of a body, and ends', async () => {
    const recorder = createResponseRecorder();
    await sendResponse(recorder.stream, { ...head, body: countPieces(['a', '千', 'b']).body }, open);
    await settle();
    expect(recorder.received()).toEqual({ prelude, body: 'a千b' });
    expect(recorder.isEnded()).toBe(true);
  });

  it('sends a piece before the next one is there', async () => {
    const recorder = createResponseRecorder();
    const gate = Promise.withResolvers<void>();
    async function* body(): AsyncGenerator<string> {
      yield 'a';
      await gate.promise;
      yield 'b';
    }
    const sending = sendResponse(recorder.stream, { ...head, body: body() }, open);
    await settle();
    expect(recorder.received()).toEqual({ prelude, body: 'a' });
    gate.resolve();
    await sending;
    expect(recorder.received().body).toBe('ab');
  });

  it('asks for no further piece while the stream is full', async () => {
    const recorder = createResponseRecorder({ isHeld: true });
    const pieces = countPieces(['x'.repeat(fullBytes), 'b', 'c']);
    const sending = sendResponse(recorder.stream, { ...head, body: pieces.body }, open);
    await settle();
    expect(pieces.asked()).toBe(1);
    recorder.release();
    await sending;
    await settle();
    expect(recorder.received().body).toBe(`${'x'.repeat(fullBytes)}bc`);
    expect(recorder.isEnded()).toBe(true);
  });

  it('leaves no listener behind for each time it waited', async () => {
    const recorder = createResponseRecorder();
    const pieces = Array.from({ length: 20 }, () => 'x'.repeat(fullBytes));
    const listeners = (): number => recorder.stream.listenerCount('drain') + recorder.stream.listenerCount('close');
    const before = listeners();
    await sendResponse(recorder.stream, { ...head, body: countPieces(pieces).body }, open);
    expect(listeners()).toBe(before);
  });

  it('gives the body up when the caller leaves', async () => {
    const recorder = createResponseRecorder();
    const gate = Promise.withResolvers<void>();
    let isClosed = false;
    let asked = 0;
    async function* body(): AsyncGenerator<string> {
      try {
        for (;;) {
          asked += 1;
          yield 'a';
          await gate.promise;
        }
      } finally {
        isClosed = true;
      }
    }
    const sending = sendResponse(recorder.stream, { ...head, body: body() }, open);
    await settle();
    recorder.destroy();
    gate.resolve();
    await sending;
    expect(isClosed).toBe(true);
    expect(asked).toBe(2);
  });

  it.each([undefined, new Error('broken')])(
    'gives the body up when a full stream is closed, error: %p',
    async (error) => {
      const recorder = createResponseRecorder({ isHeld: true });
      const pieces = countPieces(['x'.repeat(fullBytes), 'b', 'c']);
      const sending = sendResponse(recorder.stream, { ...head, body: pieces.body }, open);
      await settle();
      recorder.destroy(error);
      await sending;
      expect(pieces.isClosed()).toBe(true);
      expect(pieces.asked()).toBe(2);
    },
  );

  it.each([
    ['whole', 'a'],
    ['in pieces', countPieces(['a', 'b']).body],
  ])('does nothing worse than nothing when the caller has left before a body that is %s', async (_name, body) => {
    const recorder = createResponseRecorder();
    recorder.destroy();
    await settle();
    await expect(sendResponse(recorder.stream, { ...head, body }, open)).resolves.toBeUndefined();
    await settle();
    expect(recorder.received().body).toBe('');
  });

  it('sends status and headers of a body without pieces', async () => {
    const recorder = createResponseRecorder();
    await sendResponse(recorder.stream, { ...head, body: countPieces([]).body }, open);
    await settle();
    expect(recorder.received()).toEqual({ prelude, body: '' });
  });

  it('waits no longer for a full stream once the signal aborts', async () => {
    const recorder = createResponseRecorder({ isHeld: true });
    const controller = new AbortController();
    const pieces = countPieces(['x'.repeat(fullBytes), 'last words']);
    const sending = sendResponse(recorder.stream, { ...head, body: pieces.body }, controller.signal);
    await settle();
    expect(pieces.asked()).toBe(1);
    controller.abort();
    await sending;
    expect(pieces.isClosed()).toBe(true);
    recorder.release();
    await settle();
    expect(recorder.received().body.endsWith('last words')).toBe(true);
  });
});
