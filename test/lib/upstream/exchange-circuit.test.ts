// What requests tell the circuit of their endpoint, and what an open one lets through.
import type { CompletionChunk, UpstreamCall } from '../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { IncomingResponse } from '../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { anyRequest, answer, createExchange, failWith, json, sse } from '../../doubles/create-exchange.ts';
import type { Reply } from '../../doubles/create-exchange.ts';

const down = new GatewayError('upstream_unreachable', 'down');
const whole = json({ result: 'text' });
const frame = (isEnd: boolean): string => `data: ${JSON.stringify({ result: 'a', is_end: isEnd })}\n\n`;
const streamed = sse(frame(false), frame(false), frame(true));
const broken = sse(frame(false), frame(false));

/** Its circuit opens after three failures, first for 5 s. */
function createGuarded({ retryCount = 0 } = {}) {
  const exchange = createExchange({ clock: createFakeClock({ random: 0 }), failureThreshold: 3, retryCount });
  const { upstream, call, circuits, answerWith } = exchange;
  const ask = async (overrides: Partial<UpstreamCall> = {}): Promise<string> => {
    try {
      return (await upstream.complete(anyRequest, call(overrides))).text;
    } catch (error) {
      return error instanceof GatewayError ? error.code : 'bug';
    }
  };
  const askTimes = async (count: number) => {
    for (let index = 0; index < count; index += 1) await ask();
  };
  return {
    ...exchange,
    ask,
    askTimes,
    fail: (error: unknown = down) => answerWith(failWith(error)),
    recover: () => answerWith(whole),
    state: () => circuits.find(anyRequest.model.endpoint).readState(),
    open: async (...replies: readonly Reply[]): Promise<AsyncIterable<CompletionChunk>> => {
      answerWith(...replies);
      return upstream.stream(anyRequest, call());
    },
  };
}

async function createOpened() {
  const guarded = createGuarded();
  guarded.fail();
  await guarded.askTimes(3);
  expect(guarded.state()).toBe('open');
  return guarded;
}

const readToEnd = (chunks: AsyncIterable<CompletionChunk>) => Array.fromAsync(chunks).catch(() => undefined);

/** A reply that comes when it is told to. */
function createLate() {
  const gate = Promise.withResolvers<Reply>();
  const reply: Reply = async (request, signal): Promise<IncomingResponse> => (await gate.promise)(request, signal);
  return { reply, release: gate.resolve };
}

describe('a closed circuit', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('judges %s as the error table says', async (code) => {
    const { circuit } = errorTable[code];
    const guarded = createGuarded();
    guarded.fail(new GatewayError(code, 'why'));
    await guarded.askTimes(10);
    expect(guarded.state()).toBe(circuit === 'failure' ? 'open' : 'closed');
    // What is neither leaves two failures as they are; an answer of the upstream, even a refusal, undoes them.
    const mixed = createGuarded();
    mixed.fail();
    await mixed.askTimes(2);
    mixed.fail(new GatewayError(code, 'why'));
    await mixed.ask();
    mixed.fail();
    await mixed.ask();
    expect(mixed.state()).toBe(circuit === 'success' ? 'closed' : 'open');
  });

  it('counts a request once, however often it is tried', async () => {
    const guarded = createGuarded({ retryCount: 3 });
    guarded.fail();
    await guarded.askTimes(2);
    expect([guarded.requests.length, guarded.state()]).toEqual([8, 'closed']);
    await guarded.ask();
    expect(guarded.state()).toBe('open');
  });

  it('begins to count anew after an answer', async () => {
    const { ask, askTimes, fail, recover, state } = createGuarded();
    for (let round = 0; round < 5; round += 1) {
      fail();
      await askTimes(2);
      recover();
      await ask();
    }
    expect(state()).toBe('closed');
  });

  it('does not count what fails after the caller has left', async () => {
    const { ask, answerWith, state } = createGuarded();
    for (let index = 0; index < 10; index += 1) {
      const controller = new AbortController();
      answerWith(async () => {
        controller.abort(new GatewayError('client_disconnected', 'gone'));
        throw down;
      });
      await ask({ signal: controller.signal });
    }
    expect(state()).toBe('closed');
  });

  it('counts a deadline that came after a long silence of the upstream, and no other', async () => {
    const { ask, clock, answerWith, state } = createGuarded();
    const askUntil = async (afterMs: number): Promise<string> => {
      const controller = new AbortController();
      answerWith(answer([afterMs], { clock }));
      clock.startTimer(afterMs, () => controller.abort(new GatewayError('deadline_exceeded', 'late')));
      return ask({ signal: controller.signal });
    };
    for (let index = 0; index < 10; index += 1) expect(await askUntil(9_000)).toBe('deadline_exceeded');
    expect(state()).toBe('closed');
    for (let index = 0; index < 3; index += 1) expect(await askUntil(10_000)).toBe('deadline_exceeded');
    expect(state()).toBe('open');
  });

  it('does not count an error that is a bug', async () => {
    const { askTimes, fail, state } = createGuarded();
    fail(new TypeError('bug'));
    await askTimes(10);
    expect(state()).toBe('closed');
  });

  it('is that of one endpoint: the others are asked', async () => {
    const { upstream, call, recover } = await createOpened();
    recover();
    const other = { ...anyRequest, model: createModelCatalog({}).resolve('StarCoder') };
    await expect(upstream.complete(other, call())).resolves.toMatchObject({ text: 'text' });
  });
});

describe('an open circuit', () => {
  it('asks nothing of the upstream, makes no attempt, and says how long to wait', async () => {
    const { clock, upstream, call, requests } = await createOpened();
    clock.advance(1_500);
    let attempts = 0;
    const asking = upstream.complete(anyRequest, call({ observer: { onAttempt: () => void (attempts += 1) } }));
    await expect(asking).rejects.toMatchObject({
      code: 'upstream_circuit_open',
      status: 503,
      errorCode: 2,
      retryable: false,
      mayBeCharged: false,
      retryAfterSeconds: 4,
      message: 'This model at the upstream qianfan-v1 has failed repeatedly and is left alone for a while',
    });
    expect([requests.length, attempts]).toEqual([3, 0]);
  });

  it('lets one probe through when its time is over, and closes when that is answered', async () => {
    const { clock, ask, requests, recover, state } = await createOpened();
    recover();
    clock.advance(5_000);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([
      'text',
      'upstream_circuit_open',
      'upstream_circuit_open',
    ]);
    expect([requests.length, state()]).toEqual([4, 'closed']);
  });

  it('closes when the probe is refused: the upstream answers', async () => {
    const { clock, ask, fail, state } = await createOpened();
    clock.advance(5_000);
    fail(new GatewayError('invalid_parameter', 'no'));
    expect([await ask(), state()]).toEqual(['invalid_parameter', 'closed']);
  });

  it('is not changed by what began before it opened', async () => {
    const { ask, answerWith, askTimes, state } = createGuarded();
    const late = createLate();
    answerWith(late.reply, failWith(down));
    const asking = ask();
    await askTimes(3);
    late.release(whole);
    expect([await asking, state()]).toEqual(['text', 'open']);
  });

  it.each<[string, GatewayError | TypeError]>([
    ['was left by its caller', new GatewayError('client_disconnected', 'gone')],
    ['failed for a reason of our own', new GatewayError('internal_error', 'ours')],
    ['met a bug', new TypeError('bug')],
  ])('lets the next request probe when the first probe %s', async (_name, error) => {
    const { clock, ask, answerWith, recover, state } = await createOpened();
    clock.advance(5_000);
    const late = createLate();
    answerWith(late.reply);
    const probing = ask();
    expect(await ask()).toBe('upstream_circuit_open');
    late.release(failWith(error));
    await probing;
    expect(state()).toBe('half_open');
    recover();
    expect([await ask(), state()]).toEqual(['text', 'closed']);
  });
});

describe('a stream', () => {
  it('is a failure when it breaks in the middle', async () => {
    const guarded = createGuarded();
    for (let index = 0; index < 3; index += 1) {
      expect(guarded.state()).toBe('closed');
      await readToEnd(await guarded.open(broken));
    }
    expect(guarded.state()).toBe('open');
  });

  it('is a success when it ends well, and not before', async () => {
    const guarded = createGuarded();
    guarded.fail();
    await guarded.askTimes(2);
    const chunks = await guarded.open(streamed);
    // Two failures and this one; the stream that has begun and not ended has undone nothing.
    await readToEnd(await guarded.open(broken));
    expect(guarded.state()).toBe('open');
    await readToEnd(chunks);

    const other = createGuarded();
    other.fail();
    await other.askTimes(2);
    await readToEnd(await other.open(streamed));
    other.fail();
    await other.askTimes(2);
    expect(other.state()).toBe('closed');
  });

  it('that is put together for a whole request counts as it ends', async () => {
    const guarded = createGuarded();
    guarded.answerWith(broken);
    await guarded.askTimes(3);
    expect(guarded.state()).toBe('open');
  });

  it('that is a probe closes the circuit with its first event: others need not wait for its end', async () => {
    const guarded = await createOpened();
    guarded.clock.advance(5_000);
    await guarded.open(streamed);
    expect(guarded.state()).toBe('closed');
    guarded.recover();
    expect(await Promise.all([guarded.ask(), guarded.ask()])).toEqual(['text', 'text']);
  });

  it('that is a probe and breaks off is the first failure after the circuit has closed', async () => {
    const guarded = await createOpened();
    guarded.clock.advance(5_000);
    await readToEnd(await guarded.open(broken));
    expect(guarded.state()).toBe('closed');
    guarded.fail();
    await guarded.askTimes(1);
    expect(guarded.state()).toBe('closed');
    await guarded.askTimes(1);
    expect(guarded.state()).toBe('open');
  });

  it('that began before the circuit opened does not close it', async () => {
    const guarded = createGuarded();
    const late = createLate();
    const opening = guarded.open(late.reply, failWith(down));
    await guarded.askTimes(3);
    late.release(streamed);
    await readToEnd(await opening);
    expect(guarded.state()).toBe('open');
  });

  it('is neither when the caller leaves it, and the upstream is told', async () => {
    const guarded = createGuarded();
    guarded.fail();
    await guarded.askTimes(2);
    let isGivenUp = false;
    const reply = answer([frame(false), frame(true)], {
      contentType: 'text/event-stream',
      onDestroy: () => void (isGivenUp = true),
    });
    for await (const _chunk of await guarded.open(reply)) break;
    expect([isGivenUp, guarded.state()]).toEqual([true, 'closed']);
    guarded.fail();
    await guarded.ask();
    expect(guarded.state()).toBe('open');
  });
});
