// Streams of the packaged completion function: each piece at once, failures told in the stream, no more taken than given.
import { parseFrames } from '../servers/v1-client.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { readDoorAnswer } from './front-doors.ts';
import { ask, obtainAccessToken, openAiRequest, send, v1Request } from './gateway-requests.ts';
import { startHeldUpstream } from './held-upstream.ts';
import type { HeldUpstream } from './held-upstream.ts';
import type { Sandbox } from './sandbox.ts';

/** The function keeps a second of it for itself. */
const timeoutMs = 2_000;

describeInRuntime('the packaged completion function', () => {
  let deployment: Deployment;
  let upstream: HeldUpstream;
  /** Asks the simulator. */
  let sandbox: Sandbox;
  /** Asks the held upstream. */
  let held: Sandbox;
  let accessToken: string;

  beforeAll(async () => {
    deployment = await deploy();
    upstream = await startHeldUpstream();
    sandbox = await deployment.start('completion');
    held = await deployment.start('completion', { QIANFAN_BASE_URL: upstream.url });
    accessToken = await obtainAccessToken(sandbox);
    // From here on both have read their secrets.
    await ask(sandbox, openAiRequest({ prompt: 'warm' }));
    const warming = send(held, openAiRequest({ prompt: 'warm', stream: true }));
    const answer = await upstream.nextAnswer();
    await answer.sendFrame('warm', true);
    answer.end();
    await warming.outcome;
  }, 60_000);

  afterAll(async () => {
    await deployment.close();
    await upstream.close();
  });

  const requests = {
    V1: (body: Readonly<Record<string, unknown>>) => v1Request(accessToken, { ...body, stream: true }),
    OpenAI: (body: Readonly<Record<string, unknown>>) => openAiRequest({ ...body, stream: true }),
  };

  describe.each(['V1', 'OpenAI'] as const)('in the %s dialect', (dialect) => {
    it('passes each piece on before the next one is there', async () => {
      const invocation = send(held, requests[dialect]({ prompt: 'x' }));
      const answer = await upstream.nextAnswer();
      for (const text of ['one', 'two', 'three']) {
        await answer.sendFrame(text);
        // The upstream sends no more until this has arrived.
        await invocation.received(`"${text}"`);
      }
      await answer.sendFrame('four', true);
      answer.end();
      expect(readDoorAnswer(await invocation.outcome).body).toContain('"four"');
    });

    it('sends status and headers with the first piece', async () => {
      const invocation = send(held, requests[dialect]({ prompt: 'x' }));
      const answer = await upstream.nextAnswer();
      await answer.sendFrame('one');
      await invocation.received('"one"');
      expect(Buffer.concat(invocation.pieces).toString()).toMatch(
        /^\{"statusCode":200,"headers":\{[^\0]*\}\}\0{8}data: /,
      );
      await answer.sendFrame('two', true);
      answer.end();
      await invocation.outcome;
    });

    it('ends the stream with an error and cleanly when the upstream breaks off', async () => {
      const invocation = send(held, requests[dialect]({ prompt: 'x' }));
      const answer = await upstream.nextAnswer();
      await answer.sendFrame('one');
      await invocation.received('"one"');
      answer.cut();
      expect(endsWithError(dialect, readDoorAnswer(await invocation.outcome).body)).toBe(true);
    });

    it('ends the stream with an error and cleanly when the upstream stalls until the deadline', async () => {
      const invocation = send(sandbox, requests[dialect]({ prompt: 'x [fault stall_after_frames=1]' }), { timeoutMs });
      await invocation.received('data: ');
      expect(endsWithError(dialect, readDoorAnswer(await invocation.outcome).body)).toBe(true);
      // The sandbox is as good as before.
      expect(await ask(sandbox, { path: '/health' })).toMatchObject({ status: 200 });
    });
  });

  it('gives the upstream up at the deadline', async () => {
    const invocation = send(held, requests.V1({ prompt: 'x' }), { timeoutMs });
    const answer = await upstream.nextAnswer();
    await answer.sendFrame('one');
    await answer.closed;
    expect(await invocation.outcome).toMatchObject({ how: 'streamed', error: undefined });
  });

  it('takes no more from the upstream than a slow caller takes', async () => {
    const frame = 'x'.repeat(60_000);
    const frameCount = 600;
    const invocation = send(held, requests.V1({ prompt: 'x' }));
    invocation.pause();
    const answer = await upstream.nextAnswer();
    let sent = 0;
    const sending = (async () => {
      for (; sent < frameCount; sent += 1) await answer.sendFrame(frame);
      await answer.sendFrame('', true);
      answer.end();
    })();
    // Until the buffers between the three are full.
    for (let before = -1; before < sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(sent).toBeLessThan(frameCount / 2);
    invocation.resume();
    await sending;
    const frames = parseFrames(readDoorAnswer(await invocation.outcome).body);
    expect(frames.map(({ result }) => result).join('')).toHaveLength(frame.length * frameCount);
  });
});

/** Whether a stream ends as the dialect ends a stream that failed, and with whole events. */
function endsWithError(dialect: 'V1' | 'OpenAI', body: string): boolean {
  const events = body.split('\n\n').map((event) => event.replace(/^data: /, ''));
  if (events.pop() !== '') return false;
  if (dialect === 'V1' && events.pop() !== '[ABORTED]') return false;
  const last = JSON.parse(events.at(-1) ?? '') as { readonly error_code?: number; readonly error?: object };
  return dialect === 'V1' ? typeof last.error_code === 'number' : typeof last.error === 'object';
}
