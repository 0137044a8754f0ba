// When a failed request is tried again, and after which pause.
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { createRetryBudget } from '../../../lib/upstream/retry-budget.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { anyRequest, createExchange, failWith, json } from '../../doubles/create-exchange.ts';
import type { ExchangeDoubleOptions, Reply } from '../../doubles/create-exchange.ts';

const whole = json({ id: 'as-1', created: 1, result: 'text', is_safe: 1 });

/** Fails as often as there are codes, then answers. */
const failing = (codes: readonly ErrorCode[], retryAfterSeconds?: number): readonly Reply[] => [
  ...codes.map((code) => failWith(new GatewayError(code, 'failed', { retryAfterSeconds }))),
  whole,
];

function createFailing(codes: readonly ErrorCode[], options: ExchangeDoubleOptions, retryAfterSeconds?: number) {
  const exchange = createExchange(options);
  exchange.answerWith(...failing(codes, retryAfterSeconds));
  return exchange;
}

const times = (count: number, code: ErrorCode): readonly ErrorCode[] => Array<ErrorCode>(count).fill(code);

it.each([
  [0, 1],
  [1, 2],
  [3, 4],
])('with retry_count %i at most %i attempts are made', async (retryCount, attempts) => {
  const { upstream, call, requests } = createFailing(times(9, 'high_load'), { retryCount });
  await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({ code: 'high_load' });
  expect(requests).toHaveLength(attempts);
});

it('answers as soon as an attempt succeeds', async () => {
  const { upstream, call, requests } = createFailing(['qps_limit_reached'], { retryCount: 3 });
  await expect(upstream.complete(anyRequest, call())).resolves.toMatchObject({ text: 'text' });
  expect(requests).toHaveLength(2);
});

it.each(Object.keys(errorTable) as ErrorCode[])(
  'repeats %s only if the error table calls it retryable',
  async (code) => {
    const { upstream, call, requests } = createFailing([code], { retryCount: 1 });
    await upstream.complete(anyRequest, call()).catch(() => undefined);
    expect(requests).toHaveLength(errorTable[code].retryable ? 2 : 1);
  },
);

it('repeats what an error in the body of a 200 reports, whole and as the first event of a stream', async () => {
  const busy = json({ error_code: 336100, error_msg: 'busy' });
  const { upstream, call, requests, answerWith } = createExchange({ retryCount: 1 });
  answerWith(busy, whole);
  await upstream.complete(anyRequest, call());
  answerWith(busy, whole);
  await upstream.stream(anyRequest, call());
  expect(requests).toHaveLength(4);
});

it('does not repeat an error that is no GatewayError', async () => {
  const { upstream, call, requests, answerWith } = createExchange({ retryCount: 3 });
  answerWith(failWith(new TypeError('bug')));
  await expect(upstream.complete(anyRequest, call())).rejects.toThrow('bug');
  expect(requests).toHaveLength(1);
});

it('waits a random part of backoff_factor × 2^(n−1) seconds before retry n', async () => {
  const clock = createFakeClock({ random: 0.25 });
  const { upstream, call } = createFailing(times(4, 'high_load'), { clock, retryCount: 4, backoffFactor: 2 });
  await upstream.complete(anyRequest, call());
  expect(clock.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
});

it('never waits longer than 120 s', async () => {
  const clock = createFakeClock({ random: 0.999 });
  const { upstream, call } = createFailing(times(10, 'high_load'), { clock, retryCount: 10, backoffFactor: 60 });
  await upstream.complete(anyRequest, call({ deadlineMs: Infinity }));
  expect(clock.sleeps).toHaveLength(10);
  expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(120_000);
});

it('does not begin a wait that would reach past the deadline', async () => {
  const clock = createFakeClock({ random: 0.5 });
  const options = { clock, retryCount: 9, backoffFactor: 2 };
  const { upstream, call, requests } = createFailing(times(9, 'high_load'), options);
  const asking = upstream.complete(anyRequest, call({ deadlineMs: clock.now() + 3_500 }));
  await expect(asking).rejects.toMatchObject({ code: 'high_load' });
  // Waits of 1 s and 2 s fit into 3.5 s, the next of 4 s does not.
  expect(clock.sleeps).toEqual([1_000, 2_000]);
  expect(requests).toHaveLength(3);
});

it('does not repeat once the caller has gone', async () => {
  const controller = new AbortController();
  const { upstream, call, requests, answerWith } = createExchange({ retryCount: 3 });
  answerWith(async () => {
    controller.abort(new GatewayError('client_disconnected', 'gone'));
    throw new GatewayError('high_load', 'busy');
  });
  await expect(upstream.complete(anyRequest, call({ signal: controller.signal }))).rejects.toThrow('busy');
  expect(requests).toHaveLength(1);
});

it('tells of every attempt before it is made', async () => {
  const requestsBefore: number[] = [];
  const { upstream, call, requests } = createFailing(times(2, 'high_load'), { retryCount: 2 });
  const observer = { onAttempt: () => void requestsBefore.push(requests.length) };
  await upstream.complete(anyRequest, call({ observer }));
  expect(requestsBefore).toEqual([0, 1, 2]);
});

describe('with Retry-After', () => {
  const run = async (retryAfterSeconds: number, { backoffFactor = 0, timeLeftMs = 60_000, retries = 1 } = {}) => {
    const clock = createFakeClock({ random: 0.5 });
    const options = { clock, retryCount: retries, backoffFactor };
    const exchange = createFailing(times(retries, 'qps_limit_reached'), options, retryAfterSeconds);
    const call = exchange.call({ deadlineMs: clock.now() + timeLeftMs });
    const settled = await exchange.upstream.complete(anyRequest, call).catch((error: unknown) => error);
    return { settled, sleeps: clock.sleeps, attempts: exchange.requests.length };
  };
  const answered = expect.objectContaining({ text: 'text' });

  it('waits for as long as the upstream asks, though the factor is 0', async () => {
    expect(await run(7, { retries: 2 })).toEqual({ settled: answered, sleeps: [7_000, 7_000], attempts: 3 });
  });

  it('adds the delay, so that not everybody comes back at the same moment', async () => {
    expect(await run(7, { backoffFactor: 2 })).toMatchObject({ settled: answered, sleeps: [8_000] });
  });

  it('retries at once when it is 0', async () => {
    expect(await run(0)).toMatchObject({ settled: answered, sleeps: [0] });
  });

  it('waits 10 s, and passes on what asks for more', async () => {
    expect(await run(10)).toMatchObject({ settled: answered, sleeps: [10_000] });
    const { settled, sleeps, attempts } = await run(11);
    expect(settled).toMatchObject({ code: 'qps_limit_reached', retryAfterSeconds: 11 });
    expect([sleeps, attempts]).toEqual([[], 1]);
  });

  it('passes on what does not fit before the deadline', async () => {
    expect(await run(5, { timeLeftMs: 5_001 })).toMatchObject({ settled: answered });
    const { settled, sleeps, attempts } = await run(5, { timeLeftMs: 5_000 });
    expect(settled).toMatchObject({ code: 'qps_limit_reached', retryAfterSeconds: 5 });
    expect([sleeps, attempts]).toEqual([[], 1]);
  });

  it('heeds the header of a 200 that reports an error as well', async () => {
    const { upstream, call, clock, answerWith } = createExchange({ retryCount: 1 });
    answerWith(json({ error_code: 18, error_msg: 'qps' }, { retryAfterSeconds: 3 }), whole);
    await upstream.complete(anyRequest, call());
    expect(clock.sleeps).toEqual([3_000]);
  });
});

describe('with a budget', () => {
  it('does not multiply an outage: 1,000 requests make at most 1.2 × 1,000 + 10 attempts', async () => {
    for (const retryCount of [1, 3, 10]) {
      const { upstream, call, requests, answerWith } = createExchange({ retryCount });
      answerWith(failWith(new GatewayError('upstream_unreachable', 'down')));
      // Some at a time, so that their attempts mix.
      for (let index = 0; index < 100; index += 1) {
        await Promise.allSettled(Array.from({ length: 10 }, () => upstream.complete(anyRequest, call())));
      }
      expect(requests.length).toBeGreaterThan(1_000);
      expect(requests.length).toBeLessThanOrEqual(1.2 * 1_000 + 10);
    }
  });

  it('throws the error at once when it is used up, and repeats again when it is not', async () => {
    const { upstream, call, clock, requests, answerWith } = createExchange({ retryCount: 10, backoffFactor: 0.01 });
    answerWith(failWith(new GatewayError('high_load', 'busy')));
    const fail = async (): Promise<number> => {
      const before = requests.length;
      await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({ code: 'high_load' });
      return requests.length - before;
    };
    expect(await fail()).toBe(11);
    const { length } = clock.sleeps;
    expect([await fail(), await fail(), await fail(), await fail()]).toEqual([1, 1, 1, 1]);
    expect(clock.sleeps).toHaveLength(length);
    expect(await fail()).toBe(2);
  });

  it('pays for no retry that is not made', async () => {
    const budget = createRetryBudget(10);
    const { upstream, call } = createFailing(times(1_000, 'high_load'), { retryCount: 10, budget }, 60);
    for (let index = 0; index < 20; index += 1) await upstream.complete(anyRequest, call()).catch(() => undefined);
    expect(Array.from({ length: 11 }, () => budget.spend())).toEqual([...Array<boolean>(10).fill(true), false]);
  });
});
