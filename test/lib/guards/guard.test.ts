// The guards one behind the other, as the gateway has them: idempotency, then limits.
import type { Caller } from '../../../lib/core/caller.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { createClientLimits } from '../../../lib/guards/client-limits.ts';
import type { GuardedCall } from '../../../lib/guards/guard.ts';
import { deliver } from '../../../lib/gateway/deliver.ts';
import { createIdempotency } from '../../../lib/guards/idempotency.ts';
import type { HttpRequest, HttpResponse } from '../../../lib/core/http.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import { createSilentTable } from '../../doubles/create-silent-table.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import { textOf } from '../gateway/create-v1-gateway.ts';

const clock = createSteppingClock();
const { signal } = new AbortController();
const usage = { promptTokens: 1, completionTokens: 1, totalTokens: 2 };
const whole: HttpResponse = { status: 200, headers: {}, body: 'whole' };
/** What a function keeps between its deadline and its end. */
const deadlineMarginMs = 1_000;

function createGuard(table: StateTable, requestsPerMinute = 100) {
  const { log } = createLogRecorder();
  const limits = createClientLimits({ table, clock, log, defaults: { requestsPerMinute, tokensPerDay: 1_000 } });
  const guards = [createIdempotency({ table, clock, log }), limits];
  /** Answers as a route does behind the guards, and reads the answer as the gateway does. */
  return async (request: HttpRequest, call: TestCall, answer: () => Promise<HttpResponse>): Promise<HttpResponse> => {
    const { listeners, progress } = call;
    try {
      for (const guard of guards) {
        const given = await guard(request, call);
        if (given !== undefined) return given;
      }
      const response = await answer();
      return await deliver(response, { listeners, progress, isFailed: response.status >= 400 });
    } catch (error) {
      for (const { onEnd } of listeners) await onEnd('failed');
      throw error;
    }
  };
}

type TestCall = GuardedCall & { readonly progress: { isLastPiece: boolean } };

const requestWith = (key: string) => ({
  ...createHttpRequest({ method: 'POST', target: '/v1/completions', body: '{}' }),
  headers: { 'idempotency-key': key },
});
const createCall = (client: Caller, more: Partial<TestCall> = {}): TestCall => ({
  client,
  slowsDownByTokenLimit: false,
  listeners: [],
  path: '/v1/completions',
  record: { usage },
  responseHeaders: {},
  progress: { isLastPiece: false },
  signal,
  deadlineMs: clock.now() + 60_000,
  ...more,
});

describe('with a table that falls silent at the deadline', () => {
  /** Whether what is answered ends before a function would be killed. */
  async function race(answer: (silence: () => void, reached: Promise<never>) => Promise<HttpResponse>) {
    const table = createSilentTable(createMemoryTable(clock));
    const deadline = new AbortController();
    const { promise: reached, reject } = Promise.withResolvers<never>();
    reached.catch(() => undefined);
    const call = createCall({ id: 'shop' }, { signal: deadline.signal, deadlineMs: clock.now() + 1_000 });
    const ask = async (): Promise<string> => {
      try {
        const response = createGuard(table)(requestWith('key'), call, () => answer(() => table.silence(), reached));
        return await textOf(await response);
      } catch (error) {
        return error instanceof GatewayError ? error.code : 'another error';
      }
    };
    const asked = ask();
    await clock.sleep(1_000, signal);
    const error = new GatewayError('deadline_exceeded', 'The function reached its deadline');
    deadline.abort(error);
    reject(error);
    return Promise.race([asked, clock.sleep(deadlineMarginMs, signal).then(() => 'killed')]);
  }

  it('a stream ends before the function does', async () => {
    const answer = race(async (silence, reached) => ({
      ...whole,
      body: (async function* stream() {
        yield 'a piece, ';
        silence();
        await reached.catch(() => undefined);
        yield 'and the error';
      })(),
    }));
    expect(await clock.run(answer)).toBe('a piece, and the error');
  });

  it('an error is told before the function ends', async () => {
    const answer = race(async (silence, reached) => {
      silence();
      return reached;
    });
    expect(await clock.run(answer)).toBe('deadline_exceeded');
  });
});

it('a client and an end user of one id share neither a count nor a key', async () => {
  const guard = createGuard(createMemoryTable(clock));
  const callers = [{ id: 'user:a' }, { id: 'user:a', userId: 'a' }];
  for (const client of callers) {
    const { responseHeaders, ...call } = createCall(client);
    const answer = await guard(requestWith('key'), { ...call, responseHeaders }, async () => ({
      ...whole,
      body: client.id,
    }));
    expect(answer.body).toBe('user:a');
    expect(responseHeaders).not.toHaveProperty('Idempotent-Replayed');
    expect(responseHeaders).toMatchObject({ 'X-Ratelimit-Remaining-Requests': '99' });
  }
});

it('a request with a key is claimed and released though the sandbox knows that its limit is reached', async () => {
  const table = createMemoryTable(clock);
  const guard = createGuard(table, 1);
  const ask = (key: string) => guard(requestWith(key), createCall({ id: 'shop' }), async () => whole);
  const ends: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    const { length } = table.calls;
    const end = await ask(`key-${index}`).then(
      () => 'answered',
      (error: unknown) => (error instanceof GatewayError ? error.code : 'another error'),
    );
    ends.push([end, ...table.calls.slice(length).map((call) => call.split(' ')[0])].join(' '));
  }
  // The first is answered, the second finds out, the third is refused without a question.
  const answered = ends[0]?.split(' ')[0];
  expect([answered, ends[2]]).toEqual(['answered', 'client_requests_limit write remove']);
});
