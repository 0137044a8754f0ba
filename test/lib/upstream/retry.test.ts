import type { UpstreamCall } from '../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { withRetry } from '../../../lib/upstream/retry.ts';
import { createRetryBudget } from '../../../lib/upstream/retry-budget.ts';
import type { Send } from '../../../lib/upstream/send.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

const request = { method: 'POST', endpoint: 'e', url: new URL('http://upstream/'), headers: {}, body: '' } as const;
const answer: Answer = {
  kind: 'completion',
  completion: { id: 'as-1', createdSeconds: 1, text: 'text', isSafe: true },
};

/** Fails as often as there are errors, then answers. */
function createFailingSend(
  codes: readonly ErrorCode[],
  retryAfterSeconds?: number,
): { send: Send; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    send: async () => {
      const code = codes[calls];
      calls += 1;
      if (code !== undefined) throw new GatewayError(code, 'failed', { retryAfterSeconds });
      return answer;
    },
  };
}

function createCall(overrides: Partial<UpstreamCall> = {}): UpstreamCall {
  return { requestId: 'r', signal: new AbortController().signal, deadlineMs: Number.MAX_SAFE_INTEGER, ...overrides };
}

describe('withRetry', () => {
  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('with retry_count %i makes at most %i attempts', async (retryCount, attempts) => {
    const { send, calls } = createFailingSend(Array<ErrorCode>(9).fill('high_load'));
    const retrying = withRetry(send, {
      retryCount,
      backoffFactor: 0,
      clock: createFakeClock(),
      budget: createRetryBudget(10),
    });
    await expect(retrying(request, createCall())).rejects.toMatchObject({ code: 'high_load' });
    expect(calls()).toBe(attempts);
  });

  it('answers as soon as an attempt succeeds', async () => {
    const { send, calls } = createFailingSend(['qps_limit_reached']);
    const retrying = withRetry(send, {
      retryCount: 3,
      backoffFactor: 0,
      clock: createFakeClock(),
      budget: createRetryBudget(10),
    });
    await expect(retrying(request, createCall())).resolves.toBe(answer);
    expect(calls()).toBe(2);
  });

  it.each(Object.entries(errorTable) as [ErrorCode, { retryable: boolean }][])(
    'repeats %s only if the error table calls it retryable',
    async (code, { retryable }) => {
      const { send, calls } = createFailingSend([code]);
      const retrying = withRetry(send, {
        retryCount: 1,
        backoffFactor: 0,
        clock: createFakeClock(),
        budget: createRetryBudget(10),
      });
      await retrying(request, createCall()).catch(() => undefined);
      expect(calls()).toBe(retryable ? 2 : 1);
    },
  );

  it('retries the codes that the official SDKs retry, and no other documented code', () => {
    const retried = Object.values(errorTable)
      .filter((traits) => traits.retryable && traits !== errorTable.upstream_connect_timeout)
      .map(({ errorCode }) => errorCode);
    expect([...new Set(retried)].toSorted((a, b) => a - b)).toEqual([2, 15, 18, 336100, 336501, 336502]);
  });

  it('does not repeat an error that is no GatewayError', async () => {
    let calls = 0;
    const send: Send = async () => {
      calls += 1;
      throw new TypeError('bug');
    };
    const retrying = withRetry(send, {
      retryCount: 3,
      backoffFactor: 0,
      clock: createFakeClock(),
      budget: createRetryBudget(10),
    });
    await expect(retrying(request, createCall())).rejects.toThrow('bug');
    expect(calls).toBe(1);
  });

  it('waits a random part of backoff_factor × 2^(n−1) seconds before retry n', async () => {
    const clock = createFakeClock({ random: 0.25 });
    const { send } = createFailingSend(Array<ErrorCode>(4).fill('high_load'));
    await withRetry(send, { retryCount: 4, backoffFactor: 2, clock, budget: createRetryBudget(10) })(
      request,
      createCall(),
    );
    expect(clock.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('never waits longer than 120 s', async () => {
    const clock = createFakeClock({ random: 0.999 });
    const { send } = createFailingSend(Array<ErrorCode>(10).fill('high_load'));
    await withRetry(send, { retryCount: 10, backoffFactor: 60, clock, budget: createRetryBudget(10) })(
      request,
      createCall(),
    );
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(120_000);
  });

  it('does not begin a wait that would reach past the deadline', async () => {
    const clock = createFakeClock({ random: 0.5 });
    const { send, calls } = createFailingSend(Array<ErrorCode>(9).fill('high_load'));
    const retrying = withRetry(send, { retryCount: 9, backoffFactor: 2, clock, budget: createRetryBudget(10) });
    const call = createCall({ deadlineMs: clock.now() + 3_500 });
    await expect(retrying(request, call)).rejects.toMatchObject({ code: 'high_load' });
    // Waits of 1 s and 2 s fit into 3.5 s, the next of 4 s does not.
    expect(clock.sleeps).toEqual([1_000, 2_000]);
    expect(calls()).toBe(3);
  });

  it('does not repeat once the caller has gone', async () => {
    const controller = new AbortController();
    let calls = 0;
    const send: Send = async () => {
      calls += 1;
      controller.abort(new GatewayError('client_disconnected', 'gone'));
      throw new GatewayError('high_load', 'busy');
    };
    const retrying = withRetry(send, {
      retryCount: 3,
      backoffFactor: 0,
      clock: createFakeClock(),
      budget: createRetryBudget(10),
    });
    await expect(retrying(request, createCall({ signal: controller.signal }))).rejects.toThrow('busy');
    expect(calls).toBe(1);
  });

  it('tells of every attempt before it is made', async () => {
    const callsBefore: number[] = [];
    const { send, calls } = createFailingSend(['high_load', 'high_load']);
    const call = createCall({ observer: { onAttempt: () => callsBefore.push(calls()) } });
    await withRetry(send, { retryCount: 2, backoffFactor: 0, clock: createFakeClock(), budget: createRetryBudget(10) })(
      request,
      call,
    );
    expect(callsBefore).toEqual([0, 1, 2]);
  });

  describe('with Retry-After', () => {
    const run = async (retryAfterSeconds: number, { backoffFactor = 0, timeLeftMs = 60_000, retries = 1 } = {}) => {
      const clock = createFakeClock({ random: 0.5 });
      const { send, calls } = createFailingSend(Array<ErrorCode>(retries).fill('qps_limit_reached'), retryAfterSeconds);
      const retrying = withRetry(send, { retryCount: retries, backoffFactor, clock, budget: createRetryBudget(10) });
      const settled = await retrying(request, createCall({ deadlineMs: clock.now() + timeLeftMs })).catch(
        (error: unknown) => error,
      );
      return { settled, sleeps: clock.sleeps, calls: calls() };
    };

    it('waits for as long as the upstream asks, though the factor is 0', async () => {
      expect(await run(7, { retries: 2 })).toEqual({ settled: answer, sleeps: [7_000, 7_000], calls: 3 });
    });

    it('adds the delay, so that not everybody comes back at the same moment', async () => {
      expect(await run(7, { backoffFactor: 2 })).toMatchObject({ settled: answer, sleeps: [8_000] });
    });

    it('retries at once when it is 0', async () => {
      expect(await run(0)).toMatchObject({ settled: answer, sleeps: [0] });
    });

    it('waits 10 s, and passes on what asks for more', async () => {
      expect(await run(10)).toMatchObject({ settled: answer, sleeps: [10_000] });
      const { settled, sleeps, calls } = await run(11);
      expect(settled).toMatchObject({ code: 'qps_limit_reached', retryAfterSeconds: 11 });
      expect([sleeps, calls]).toEqual([[], 1]);
    });

    it('passes on what does not fit before the deadline', async () => {
      expect(await run(5, { timeLeftMs: 5_001 })).toMatchObject({ settled: answer });
      const { settled, sleeps, calls } = await run(5, { timeLeftMs: 5_000 });
      expect(settled).toMatchObject({ code: 'qps_limit_reached', retryAfterSeconds: 5 });
      expect([sleeps, calls]).toEqual([[], 1]);
    });
  });

  describe('with a budget', () => {
    it('does not multiply an outage: 1,000 requests make at most 1.2 × 1,000 + 10 attempts', async () => {
      for (const retryCount of [1, 3, 10]) {
        const { send, calls } = createFailingSend(Array<ErrorCode>(20_000).fill('upstream_unreachable'));
        const options = { retryCount, backoffFactor: 0, clock: createFakeClock(), budget: createRetryBudget(10) };
        const retrying = withRetry(send, options);
        // Some at a time, so that their attempts mix.
        for (let index = 0; index < 100; index += 1) {
          await Promise.allSettled(Array.from({ length: 10 }, () => retrying(request, createCall())));
        }
        expect(calls()).toBeGreaterThan(1_000);
        expect(calls()).toBeLessThanOrEqual(1.2 * 1_000 + 10);
      }
    });

    it('throws the error at once when it is used up, and repeats again when it is not', async () => {
      const budget = createRetryBudget(10);
      const { send, calls } = createFailingSend(Array<ErrorCode>(1_000).fill('high_load'));
      const clock = createFakeClock();
      const retrying = withRetry(send, { retryCount: 10, backoffFactor: 1, clock, budget });
      const fail = async (): Promise<number> => {
        const before = calls();
        await expect(retrying(request, createCall())).rejects.toMatchObject({ code: 'high_load' });
        return calls() - before;
      };
      expect(await fail()).toBe(11);
      const { length } = clock.sleeps;
      expect([await fail(), await fail(), await fail(), await fail()]).toEqual([1, 1, 1, 1]);
      expect(clock.sleeps).toHaveLength(length);
      expect(await fail()).toBe(2);
    });

    it('pays for no retry that is not made', async () => {
      const budget = createRetryBudget(10);
      const { send } = createFailingSend(Array<ErrorCode>(1_000).fill('high_load'), 60);
      const retrying = withRetry(send, { retryCount: 10, backoffFactor: 1, clock: createFakeClock(), budget });
      for (let index = 0; index < 20; index += 1) await retrying(request, createCall()).catch(() => undefined);
      expect(Array.from({ length: 11 }, () => budget.spend())).toEqual([...Array<boolean>(10).fill(true), false]);
    });
  });
});
