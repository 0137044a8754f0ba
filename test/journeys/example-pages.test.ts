// What the example pages do with a stream, run in Node against the local run; test/browser/examples.test.ts opens them.
import { callCompletionApi } from 'ai';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startHttpServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';

interface StreamCompletion {
  readonly readEvents: (body: ReadableStream<Uint8Array>) => AsyncGenerator<string>;
  readonly streamCompletion: (request: Readonly<Record<string, unknown>>) => AsyncGenerator<string>;
}

/** The scripts of the pages have no types. */
const load = (path: string): Promise<unknown> => import(new URL(`../../examples/${path}`, import.meta.url).href);
const { readEvents, streamCompletion } = (await load('browser/stream-completion.js')) as StreamCompletion;
const { completionFetch } = (await load('ai-sdk/completion-fetch.js')) as { completionFetch: typeof fetch };

const prompt = '西湖 in spring';
let local: LocalRun;
let expected: string;

beforeAll(async () => {
  local = await startLocalRun();
  const response = await fetch(`${local.url}/v1/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer demo-secret' },
    body: JSON.stringify({ model: 'StarCoder', prompt }),
  });
  const { choices } = (await response.json()) as { choices: readonly { text: string }[] };
  expected = choices[0]?.text ?? '';
  expect(expected.length).toBeGreaterThan(50);
});

afterAll(() => local.stop());

/** A server whose answer is a stream that ends too early, cleanly. */
const startTruncatingServer = () =>
  startHttpServer((_request, response) => {
    const event = { choices: [{ text: 'Half', index: 0, finish_reason: null }] };
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(`data: ${JSON.stringify(event)}\n\n`);
  });

/** Waits until the simulator has seen one more client leave. */
async function waitForAbort(before: number): Promise<void> {
  while ((await readSimulatorCounts(local.simulatorUrl)).abortedRequests === before) {
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}

describe('the reader of events of the page with fetch', () => {
  const bytes = new TextEncoder().encode(
    ': hello\r\ndata: 千帆 🌊\r\n\r\nevent: x\ndata:one\ndata:  two\n\n\ndata: a\rdata: b\r\r\ndata: c\r\ndata: d\r\n\r\ndata: cut',
  );
  const events = ['千帆 🌊', 'one\n two', 'a\nb', 'c\nd'];

  async function readParts(parts: readonly Uint8Array[]): Promise<string[]> {
    return Array.fromAsync(readEvents(ReadableStream.from<Uint8Array>(parts)));
  }

  it('finds the same events wherever the chunks end', async () => {
    expect(await readParts([bytes])).toEqual(events);
    expect(await readParts([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events);
    for (let at = 1; at < bytes.length; at += 1) {
      expect([at, await readParts([bytes.slice(0, at), bytes.slice(at)])]).toEqual([at, events]);
    }
  });

  it('cancels the body when its reader leaves early', async () => {
    let isCancelled = false;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
      controller.enqueue(new TextEncoder().encode('data: more\n\n'));
    const body = new ReadableStream({ pull, cancel: () => void (isCancelled = true) });
    for await (const data of readEvents(body)) {
      expect(data).toBe('more');
      break;
    }
    expect(isCancelled).toBe(true);
  });
});

describe('the page with fetch', () => {
  const stream = (more: object = {}) =>
    streamCompletion({ baseUrl: local.url, key: 'demo-secret', model: 'StarCoder', prompt, ...more });

  it('gets the text in pieces', async () => {
    const pieces = await Array.fromAsync(stream());
    expect(pieces.join('')).toBe(expected);
    expect(pieces.length).toBeGreaterThan(2);
  });

  it('throws what the gateway refuses, and what fails in the middle', async () => {
    await expect(Array.fromAsync(stream({ key: 'wrong' }))).rejects.toMatchObject({ code: 'invalid_api_key' });
    const failing = 'Hi [fault error_after_frames=2 error_code=336000]';
    const pieces: string[] = [];
    const read = async (): Promise<void> => {
      for await (const text of stream({ prompt: failing })) pieces.push(text);
    };
    await expect(read()).rejects.toMatchObject({ code: 'internal_error' });
    expect(pieces).toHaveLength(2);
  });

  it('throws when the stream ends early', async () => {
    const server = await startTruncatingServer();
    await expect(Array.fromAsync(stream({ baseUrl: server.url }))).rejects.toThrow(
      'ended before the answer was complete',
    );
    await server.close();
  });

  it('stops when it is told to, and so does the upstream', async () => {
    const { abortedRequests } = await readSimulatorCounts(local.simulatorUrl);
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const text of stream({ prompt: 'Hi [fault frames=500]', signal: controller.signal })) {
        expect(text).not.toBe('');
        controller.abort();
      }
    };
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
    await waitForAbort(abortedRequests);
  });
});

describe('the page with useCompletion', () => {
  /** What the hook does when its form is sent, without React. */
  async function complete({ url = local.url, key = 'demo-secret', text = prompt, stopsEarly = false } = {}) {
    const states: string[] = [];
    let stop: (() => void) | undefined;
    let error: Error | undefined;
    const completion = await callCompletionApi({
      api: `${url}/v1/completions`,
      prompt: text,
      credentials: undefined,
      headers: { Authorization: `Bearer ${key}` },
      body: { model: 'StarCoder' },
      streamProtocol: 'text',
      fetch: completionFetch,
      setCompletion: (state) => {
        states.push(state);
        if (stopsEarly && state !== '') stop?.();
      },
      setLoading: () => undefined,
      setError: (given) => (error = given),
      setAbortController: (controller) => (stop = () => controller?.abort()),
      onFinish: undefined,
      onError: undefined,
    });
    return { completion, states, message: error?.message };
  }

  it('gets the text in pieces', async () => {
    const { completion, states } = await complete();
    expect(completion).toBe(expected);
    expect(states.length).toBeGreaterThan(3);
  });

  it('shows what the gateway refuses, and what fails in the middle', async () => {
    const refused = await complete({ key: 'wrong' });
    expect(refused).toMatchObject({ states: [''], message: expect.stringMatching(/^[A-Z].*(?:key|Bearer)/) });
    const failed = await complete({ text: 'Hi [fault error_after_frames=2 error_code=336000]' });
    expect(failed).toMatchObject({ completion: undefined, message: expect.stringMatching(/^Internal error/i) });
    expect(failed.states).toHaveLength(3);
  });

  it('shows that the stream ended early', async () => {
    const server = await startTruncatingServer();
    const { message } = await complete({ url: server.url });
    expect(message).toBe('The stream ended before the answer was complete');
    await server.close();
  });

  it('stops when it is told to, and so does the upstream', async () => {
    const { abortedRequests } = await readSimulatorCounts(local.simulatorUrl);
    expect(await complete({ text: 'Hi [fault frames=500]', stopsEarly: true })).toMatchObject({
      completion: null,
      message: undefined,
    });
    await waitForAbort(abortedRequests);
  });
});
