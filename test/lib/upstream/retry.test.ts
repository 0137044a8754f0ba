import type { UpstreamCall } from '../../../lib/completion.ts';
import { errorTable, GatewayError } from '../../../lib/errors.ts';
import type { ErrorCode } from '../../../lib/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { withRetry } from '../../../lib/upstream/retry.ts';
import type { Send } from '../../../lib/upstream/send.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';

const request = { method: 'POST', url: new URL('http://upstream/'), headers: {}, body: '' } as const;
const answer: Answer = {
  kind: 'completion',
  completion: { id: 'as-1', createdSeconds: 1, text: 'text', isSafe: true },
};

/** Fails as often as there are errors, then answers. */
function createFailingSend(codes: readonly ErrorCode[]): { send: Send; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    send: async () => {
      const code = codes[calls];
      calls += 1;
      if (code !== undefined) throw new GatewayError(code, 'failed');
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
    const retrying = withRetry(send, { retryCount, backoffFactor: 0, clock: createFakeClock() });
    await expect(retrying(request, createCall())).rejects.toMatchObject({ code: 'high_load' });
    expect(calls()).toBe(attempts);
  });

  it('answers as soon as an attempt succeeds', async () => {
    const { send, calls } = createFailingSend(['qps_limit_reached']);
    const retrying = withRetry(send, { retryCount: 3, backoffFactor: 0, clock: createFakeClock() });
    await expect(retrying(request, createCall())).resolves.toBe(answer);
    expect(calls()).toBe(2);
  });

  it.each(Object.entries(errorTable) as [ErrorCode, { retryable: boolean }][])(
    'repeats %s only if the error table calls it retryable',
    async (code, { retryable }) => {
      const { send, calls } = createFailingSend([code]);
      const retrying = withRetry(send, { retryCount: 1, backoffFactor: 0, clock: createFakeClock() });
      await retrying(request, createCall()).catch(() => undefined);
      expect(calls()).toBe(retryable ? 2 : 1);
    },
  );

  it('retries the codes that the official SDKs retry, and no other documented code', () => {
    const retried = Object.values(errorTable)
      .filter(({ retryable }) => retryable)
      .map(({ errorCode }) => errorCode);
    expect([...new Set(retried)].toSorted((a, b) => a - b)).toEqual([2, 15, 18, 336100, 336501, 336502]);
  });

  it('does not repeat an error that is no GatewayError', async () => {
    let calls = 0;
    const send: Send = async () => {
      calls += 1;
      throw new TypeError('bug');
    };
    const retrying = withRetry(send, { retryCount: 3, backoffFactor: 0, clock: createFakeClock() });
    await expect(retrying(request, createCall())).rejects.toThrow('bug');
    expect(calls).toBe(1);
  });

  it('waits a random part of backoff_factor × 2^(n−1) seconds before retry n', async () => {
    const clock = createFakeClock({ random: 0.25 });
    const { send } = createFailingSend(Array<ErrorCode>(4).fill('high_load'));
    await withRetry(send, { retryCount: 4, backoffFactor: 2, clock })(request, createCall());
    expect(clock.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('never waits longer than 120 s', async () => {
    const clock = createFakeClock({ random: 0.999 });
    const { send } = createFailingSend(Array<ErrorCode>(10).fill('high_load'));
    await withRetry(send, { retryCount: 10, backoffFactor: 60, clock })(request, createCall());
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(120_000);
  });

  it('does not begin a wait that would reach past the deadline', async () => {
    const clock = createFakeClock({ random: 0.5 });
    const { send, calls } = createFailingSend(Array<ErrorCode>(9).fill('high_load'));
    const retrying = withRetry(send, { retryCount: 9, backoffFactor: 2, clock });
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
    const retrying = withRetry(send, { retryCount: 3, backoffFactor: 0, clock: createFakeClock() });
    await expect(retrying(request, createCall({ signal: controller.signal }))).rejects.toThrow('busy');
    expect(calls).toBe(1);
  });

  it('tells of every attempt before it is made', async () => {
    const attempts: number[] = [];
    const { send } = createFailingSend(['high_load', 'high_load']);
    const call = createCall({ onAttempt: (attempt) => attempts.push(attempt) });
    await withRetry(send, { retryCount: 2, backoffFactor: 0, clock: createFakeClock() })(request, call);
    expect(attempts).toEqual([1, 2, 3]);
  });
});
