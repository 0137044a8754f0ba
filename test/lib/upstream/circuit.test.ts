import { once } from 'node:events';
import net from 'node:net';
import type { CompletionChunk, UpstreamCall } from '../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { createCircuit, withCircuit } from '../../../lib/upstream/circuit.ts';
import { qianfanV1Reader } from '../../../lib/upstream/qianfan-v1.ts';
import { createSend } from '../../../lib/upstream/send.ts';
import type { Send } from '../../../lib/upstream/send.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const endpoint = 'sqlcoder_7b';
const request = { method: 'POST', url: new URL('http://upstream/'), headers: {}, body: '', endpoint } as const;
const completion = { id: 'as-1', createdSeconds: 1, text: 'text', isSafe: true };
const answer: Answer = { kind: 'completion', completion };
const down = new GatewayError('upstream_unreachable', 'down');

/** What the upstream does at present, behind a circuit that opens after three failures. */
function createGuarded({ failureThreshold = 3, random = 0 } = {}) {
  const clock = createFakeClock({ random });
  const { log, lines, metrics } = createLogRecorder();
  const circuit = createCircuit({ upstream: 'qianfan-v1', endpoint, failureThreshold, clock, log });
  let behave: Send = async () => answer;
  let calls = 0;
  const send = withCircuit(
    async (...parameters) => {
      calls += 1;
      return behave(...parameters);
    },
    () => circuit,
  );
  const ask = async (overrides: Partial<UpstreamCall> = {}): Promise<string> => {
    const { signal } = new AbortController();
    const call = { requestId: 'r', signal, deadlineMs: clock.now() + 300_000, ...overrides };
    try {
      const { kind } = await send(request, call);
      return kind;
    } catch (error) {
      return error instanceof GatewayError ? error.code : 'bug';
    }
  };
  return {
    clock,
    lines,
    metrics,
    circuit,
    send,
    ask,
    calls: () => calls,
    answerWith: (next: Send) => (behave = next),
    fail: (error: unknown = down) => {
      behave = async () => {
        throw error;
      };
    },
    recover: () => (behave = async () => answer),
    askTimes: async (count: number) => {
      for (let index = 0; index < count; index += 1) await ask();
    },
  };
}

/** A guarded upstream whose circuit has just opened. */
async function createOpened(options: Parameters<typeof createGuarded>[0] = {}) {
  const guarded = createGuarded(options);
  guarded.fail();
  await guarded.askTimes(3);
  expect(guarded.circuit.readState()).toBe('open');
  return guarded;
}

describe('a closed circuit', () => {
  it('opens after so many failures in a row', async () => {
    const { circuit, ask, fail } = createGuarded();
    fail();
    expect([await ask(), await ask(), circuit.readState()]).toEqual([
      'upstream_unreachable',
      'upstream_unreachable',
      'closed',
    ]);
    expect([await ask(), circuit.readState()]).toEqual(['upstream_unreachable', 'open']);
  });

  it('begins to count anew after an answer', async () => {
    const { circuit, ask, askTimes, fail, recover } = createGuarded();
    for (let round = 0; round < 5; round += 1) {
      fail();
      await askTimes(2);
      recover();
      await ask();
    }
    expect(circuit.readState()).toBe('closed');
  });

  it('never opens where 0 failures are to open it', async () => {
    const { circuit, askTimes, fail } = createGuarded({ failureThreshold: 0 });
    fail();
    await askTimes(100);
    expect(circuit.readState()).toBe('closed');
  });

  const opening: readonly ErrorCode[] = [
    'service_unavailable',
    'high_load',
    'upstream_connect_failed',
    'upstream_unreachable',
    'upstream_http_error',
    'upstream_truncated',
    'upstream_connect_timeout',
    'upstream_timeout',
    'upstream_idle_timeout',
  ];
  const neither: readonly ErrorCode[] = [
    'unknown_error',
    'service_token_failed',
    'internal_error',
    'console_error',
    'upstream_invalid_response',
    'deadline_exceeded',
    'client_disconnected',
  ];

  it.each(Object.keys(errorTable) as ErrorCode[])('judges %s by whether it tells of the upstream', async (code) => {
    const { circuit, ask, askTimes, fail } = createGuarded();
    fail(new GatewayError(code, 'why'));
    await askTimes(10);
    expect(circuit.readState()).toBe(opening.includes(code) ? 'open' : 'closed');
    // What is neither leaves two failures as they are; an answer of the upstream, even a refusal, undoes them.
    const mixed = createGuarded();
    mixed.fail();
    await mixed.askTimes(2);
    mixed.fail(new GatewayError(code, 'why'));
    await mixed.ask();
    mixed.fail();
    await mixed.ask();
    const opensAfterAll = opening.includes(code) || neither.includes(code);
    expect(mixed.circuit.readState()).toBe(opensAfterAll ? 'open' : 'closed');
    expect(await ask()).toBe(opening.includes(code) ? 'upstream_circuit_open' : code);
  });

  it('does not count what fails after the caller has left', async () => {
    const { circuit, ask, fail } = createGuarded();
    fail();
    const signal = AbortSignal.abort(new GatewayError('client_disconnected', 'gone'));
    for (let index = 0; index < 10; index += 1) await ask({ signal });
    expect(circuit.readState()).toBe('closed');
  });

  it('counts a deadline that came after a long silence of the upstream, and no other', async () => {
    const { circuit, ask, fail } = createGuarded();
    const deadline = (cause?: GatewayError) => new GatewayError('deadline_exceeded', 'late', { cause });
    const signal = AbortSignal.abort(deadline());
    fail(deadline());
    for (let index = 0; index < 10; index += 1) await ask({ signal });
    expect(circuit.readState()).toBe('closed');
    fail(deadline(new GatewayError('upstream_timeout', 'silent')));
    for (let index = 0; index < 3; index += 1) await ask({ signal });
    expect(circuit.readState()).toBe('open');
  });

  it('opens for an upstream that is silent for longer than the callers wait', async () => {
    const { circuit, ask, answerWith } = createGuarded();
    const silent = net.createServer((socket) => void socket.on('error', () => undefined));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const silence = { firstEventTimeoutMs: 60_000, idleTimeoutMs: 60_000, tellingSilenceMs: 20 };
    const send = createSend({ transport: createTransport(), reader: qianfanV1Reader, silence });
    answerWith((_request, call) => send({ ...request, url: new URL(`http://127.0.0.1:${port}`) }, call));
    for (let index = 0; index < 3; index += 1) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new GatewayError('deadline_exceeded', 'late')), 60);
      expect(await ask({ signal: controller.signal })).toBe('deadline_exceeded');
    }
    silent.close();
    expect(circuit.readState()).toBe('open');
  });

  it('does not count an error that is a bug', async () => {
    const { circuit, askTimes, fail } = createGuarded();
    fail(new TypeError('bug'));
    await askTimes(10);
    expect(circuit.readState()).toBe('closed');
  });
});

describe('an open circuit', () => {
  it('asks nothing of the upstream, and says how long to wait', async () => {
    const { clock, send, calls } = await createOpened();
    clock.advance(1_500);
    const { signal } = new AbortController();
    await expect(send(request, { requestId: 'r', signal, deadlineMs: Infinity })).rejects.toMatchObject({
      code: 'upstream_circuit_open',
      status: 503,
      errorCode: 2,
      retryable: false,
      retryAfterSeconds: 4,
      message: 'This model at the upstream qianfan-v1 has failed repeatedly and is left alone for a while',
    });
    expect(calls()).toBe(3);
  });

  it('lets one probe through when its time is over, and closes when that is answered', async () => {
    const { clock, circuit, ask, calls, recover } = await createOpened();
    recover();
    clock.advance(4_999);
    expect(await ask()).toBe('upstream_circuit_open');
    clock.advance(1);
    expect(circuit.readState()).toBe('half_open');
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([
      'completion',
      'upstream_circuit_open',
      'upstream_circuit_open',
    ]);
    expect(calls()).toBe(4);
    expect(circuit.readState()).toBe('closed');
    expect(await ask()).toBe('completion');
  });

  it('closes when the probe is refused: the upstream answers', async () => {
    const { clock, circuit, ask, fail } = await createOpened();
    clock.advance(5_000);
    fail(new GatewayError('invalid_parameter', 'no'));
    expect([await ask(), circuit.readState()]).toEqual(['invalid_parameter', 'closed']);
  });

  it('stays open for longer with each probe that fails, up to a minute', async () => {
    const { clock, circuit, ask } = await createOpened();
    const openMs: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) {
      const sinceMs = clock.now();
      while (circuit.readState() === 'open') clock.advance(1_000);
      openMs.push(clock.now() - sinceMs);
      expect(await ask()).toBe('upstream_unreachable');
    }
    expect(openMs).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('begins with the shortest time again once it was closed', async () => {
    const { clock, circuit, ask, askTimes, fail, recover } = await createOpened();
    clock.advance(5_000);
    await ask();
    clock.advance(10_000);
    recover();
    await ask();
    fail();
    await askTimes(3);
    clock.advance(5_000);
    expect(circuit.readState()).toBe('half_open');
  });

  it('opens again after a minute at most and a bit earlier by chance', async () => {
    const { clock, circuit } = await createOpened({ random: 0.999 });
    clock.advance(3_750);
    expect(circuit.readState()).toBe('open');
    clock.advance(10);
    expect(circuit.readState()).toBe('half_open');
  });

  it.each([
    [30, 30_000],
    [3_600, 60_000],
    [1, 5_000],
  ])('stays open for the %i s that the upstream asks for, within its bounds: %i ms', async (seconds, openMs) => {
    const { clock, circuit, askTimes, fail } = createGuarded();
    fail(new GatewayError('service_unavailable', 'later', { retryAfterSeconds: seconds }));
    await askTimes(3);
    clock.advance(openMs - 1);
    expect(circuit.readState()).toBe('open');
    clock.advance(1);
    expect(circuit.readState()).toBe('half_open');
  });

  it('is not changed by what began before it opened', async () => {
    const { clock, circuit, ask, answerWith, askTimes, fail } = createGuarded();
    const late = Promise.withResolvers<Answer>();
    answerWith(() => late.promise);
    const asking = ask();
    fail();
    await askTimes(3);
    late.resolve(answer);
    expect(await asking).toBe('completion');
    expect(circuit.readState()).toBe('open');
    clock.advance(5_000);
    expect(circuit.readState()).toBe('half_open');
  });

  it.each<[string, (end: PromiseWithResolvers<Answer>, leave: () => void) => void]>([
    ['was left by its caller', (end, leave) => (leave(), end.reject(new GatewayError('client_disconnected', 'gone')))],
    ['failed for a reason of our own', (end) => end.reject(new GatewayError('internal_error', 'ours'))],
    ['met a bug', (end) => end.reject(new TypeError('bug'))],
  ])('lets the next request probe when the first probe %s', async (_name, finish) => {
    const { clock, circuit, ask, answerWith, recover } = await createOpened();
    clock.advance(5_000);
    const end = Promise.withResolvers<Answer>();
    const controller = new AbortController();
    answerWith(() => end.promise);
    const probing = ask({ signal: controller.signal });
    expect(await ask()).toBe('upstream_circuit_open');
    finish(end, () => controller.abort(new GatewayError('client_disconnected', 'gone')));
    await probing;
    expect(circuit.readState()).toBe('half_open');
    recover();
    expect([await ask(), circuit.readState()]).toEqual(['completion', 'closed']);
  });

  it('does not close for a probe that was given up while the next one is under way', async () => {
    const { clock, circuit, ask, answerWith } = await createOpened();
    clock.advance(5_000);
    const [first, second] = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
    answerWith(() => first.promise);
    const firstProbe = ask({ deadlineMs: clock.now() + 1_000 });
    clock.advance(1_000);
    answerWith(() => second.promise);
    const secondProbe = ask();
    first.resolve(answer);
    expect([await firstProbe, circuit.readState()]).toEqual(['completion', 'half_open']);
    second.resolve(answer);
    expect([await secondProbe, circuit.readState()]).toEqual(['completion', 'closed']);
  });

  it('gives up a probe that has not ended by its deadline, and believes it no more', async () => {
    const { clock, circuit, ask, answerWith, fail, recover } = await createOpened();
    clock.advance(5_000);
    const end = Promise.withResolvers<Answer>();
    answerWith(() => end.promise);
    const probing = ask({ deadlineMs: clock.now() + 20_000 });
    clock.advance(19_999);
    expect(await ask()).toBe('upstream_circuit_open');
    clock.advance(1);
    fail();
    expect(await ask()).toBe('upstream_unreachable');
    end.resolve(answer);
    await probing;
    expect(circuit.readState()).toBe('open');
    recover();
    clock.advance(60_000);
    expect([await ask(), circuit.readState()]).toEqual(['completion', 'closed']);
  });
});

describe('a stream', () => {
  async function* createChunks(end: 'whole' | GatewayError): AsyncGenerator<CompletionChunk> {
    yield { ...completion, isEnd: false };
    yield { ...completion, isEnd: false };
    if (end !== 'whole') throw end;
    yield { ...completion, isEnd: true };
  }
  const truncated = new GatewayError('upstream_truncated', 'broke');
  const { signal } = new AbortController();
  const call = { requestId: 'r', signal, deadlineMs: Infinity };

  const open = async (guarded: ReturnType<typeof createGuarded>, chunks: AsyncIterable<CompletionChunk>) => {
    guarded.answerWith(async () => ({ kind: 'stream', chunks }));
    const { send } = guarded;
    const sent = await send(request, call);
    if (sent.kind !== 'stream') throw new Error('not a stream');
    return sent.chunks;
  };

  it('is passed on as it is', async () => {
    const chunks = await open(createGuarded(), createChunks('whole'));
    expect((await Array.fromAsync(chunks)).map(({ isEnd }) => isEnd)).toEqual([false, false, true]);
    await expect(Array.fromAsync(await open(createGuarded(), createChunks(truncated)))).rejects.toBe(truncated);
  });

  it('is a failure when it breaks in the middle', async () => {
    const guarded = createGuarded();
    for (let index = 0; index < 3; index += 1) {
      expect(guarded.circuit.readState()).toBe('closed');
      await Array.fromAsync(await open(guarded, createChunks(truncated))).catch(() => undefined);
    }
    expect(guarded.circuit.readState()).toBe('open');
  });

  it('is a success when it ends well, and not before', async () => {
    const guarded = createGuarded();
    guarded.fail();
    await guarded.askTimes(2);
    const whole = await open(guarded, createChunks('whole'));
    // Two failures and this one, which has begun but not ended: it has undone nothing.
    await Array.fromAsync(await open(guarded, createChunks(truncated))).catch(() => undefined);
    expect(guarded.circuit.readState()).toBe('open');
    await Array.fromAsync(whole);

    const other = createGuarded();
    other.fail();
    await other.askTimes(2);
    await Array.fromAsync(await open(other, createChunks('whole')));
    other.fail();
    await other.askTimes(2);
    expect(other.circuit.readState()).toBe('closed');
  });

  it('that is a probe closes the circuit with its first event: others need not wait for its end', async () => {
    const guarded = await createOpened();
    guarded.clock.advance(5_000);
    const chunks = (await open(guarded, createChunks('whole')))[Symbol.asyncIterator]();
    await chunks.next();
    expect(guarded.circuit.readState()).toBe('closed');
    guarded.clock.advance(299_000);
    guarded.recover();
    expect(await Promise.all([guarded.ask(), guarded.ask()])).toEqual(['completion', 'completion']);
  });

  it('that is a probe and breaks off is the first failure after the circuit has closed', async () => {
    const guarded = await createOpened();
    guarded.clock.advance(5_000);
    await Array.fromAsync(await open(guarded, createChunks(truncated))).catch(() => undefined);
    expect(guarded.circuit.readState()).toBe('closed');
    guarded.fail();
    await guarded.askTimes(1);
    expect(guarded.circuit.readState()).toBe('closed');
    await guarded.askTimes(1);
    expect(guarded.circuit.readState()).toBe('open');
  });

  it('that began before the circuit opened does not close it', async () => {
    const guarded = createGuarded();
    const late = Promise.withResolvers<Answer>();
    guarded.answerWith(() => late.promise);
    const asking = guarded.ask();
    guarded.fail();
    await guarded.askTimes(3);
    late.resolve({ kind: 'stream', chunks: createChunks('whole') });
    expect([await asking, guarded.circuit.readState()]).toEqual(['stream', 'open']);
  });

  it('is neither when the caller leaves it, and the upstream is told', async () => {
    const guarded = createGuarded();
    guarded.fail();
    await guarded.askTimes(2);
    let isClosed = false;
    const chunks = (async function* () {
      try {
        yield* createChunks('whole');
      } finally {
        isClosed = true;
      }
    })();
    for await (const _chunk of await open(guarded, chunks)) break;
    expect(isClosed).toBe(true);
    expect(guarded.circuit.readState()).toBe('closed');
    guarded.fail();
    await guarded.ask();
    expect(guarded.circuit.readState()).toBe('open');
  });
});

describe('the log', () => {
  it('has one line when the circuit opens, which is counted, and one when it closes', async () => {
    const { clock, lines, metrics, ask, recover } = await createOpened();
    clock.advance(5_000);
    await ask();
    clock.advance(10_000);
    recover();
    await ask();
    await ask();
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'circuit opened',
        fields: { upstream: 'qianfan-v1', endpoint, code: 'upstream_unreachable', failures: 3, open_ms: 5_000 },
      },
      { level: 'info', message: 'circuit closed', fields: { upstream: 'qianfan-v1', endpoint, open_ms: 15_000 } },
    ]);
    expect(metrics).toEqual([{ circuits_opened: { value: 1, unit: 'Count' } }, {}]);
  });
});
