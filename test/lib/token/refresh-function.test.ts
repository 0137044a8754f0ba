import type { Context } from 'aws-lambda';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Log } from '../../../lib/core/log.ts';
import { createRefreshFunction } from '../../../lib/token/refresh-function.ts';
import type { RefreshCall, RefreshToken } from '../../../lib/token/refresh.ts';

const result = { refreshed: true, version: 'v', expiresAtMs: 1 };
const inTime = contextWith(30_000);

function contextWith(leftMs: number): Context {
  return { getRemainingTimeInMillis: () => leftMs } as Context;
}

function createScene(failing: readonly string[] = []) {
  const done: unknown[] = [];
  const lines: unknown[] = [];
  const log: Log = (level, message, fields, metrics) => void lines.push([level, message, fields, metrics]);
  const create =
    (kind: string): RefreshToken =>
    async ({ rejectedVersion }) => {
      done.push([kind, rejectedVersion]);
      if (failing.includes(kind)) throw new GatewayError('service_token_failed', `${kind} refused`);
      return result;
    };
  return { done, lines, invoke: createRefreshFunction({ access_token: create('a'), bearer_token: create('b') }, log) };
}

const everyJob = [
  ['a', undefined],
  ['b', undefined],
];

describe('createRefreshFunction', () => {
  it('refreshes the token that was refused', async () => {
    const { done, invoke } = createScene();
    await expect(invoke({ token: 'bearer_token', rejectedVersion: 'v' }, inTime)).resolves.toEqual([result]);
    await invoke({ token: 'access_token', rejectedVersion: null }, inTime);
    expect(done).toEqual([
      ['b', 'v'],
      ['a', null],
    ]);
  });

  it.each([
    ['the event of a schedule', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
    ['an empty event', {}],
    ['no event', null],
    ['a text', 'now'],
    ['a list', []],
  ])('refreshes every token on %s', async (_what, event) => {
    const { done, invoke } = createScene();
    await expect(invoke(event, inTime)).resolves.toEqual([result, result]);
    expect(done).toEqual(everyJob);
  });

  it('does the other job when one fails, and then fails', async () => {
    const { done, invoke } = createScene(['a']);
    await expect(invoke({}, inTime)).rejects.toMatchObject({ message: 'a refused' });
    expect(done).toEqual(everyJob);
  });

  it.each([
    ['a token that there is not', { token: '__proto__' }],
    ['a token that is no text', { token: ['access_token'] }],
    ['a version that is no text', { token: 'access_token', rejectedVersion: 5 }],
  ])('refuses %s, and logs that', async (_what, event) => {
    const { done, lines, invoke } = createScene();
    await expect(invoke(event, inTime)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(done).toEqual([]);
    const metrics = { 'token.refresh_failures': { value: 1, unit: 'Count' } };
    expect(lines).toEqual([['error', 'token refresh failed', { code: 'invalid_argument' }, metrics]]);
  });

  it('refuses a token that is not configured, and logs that', async () => {
    const lines: unknown[] = [];
    const invoke = createRefreshFunction({}, (_level, _message, fields) => void lines.push(fields));
    await expect(invoke({ token: 'bearer_token' }, inTime)).rejects.toMatchObject({ code: 'service_token_failed' });
    expect(lines).toEqual([{ code: 'service_token_failed' }]);
  });

  it.each([
    ['time enough to look at what is stored', 1_900, false],
    ['no time at all', -200, true],
  ])('reports a deadline when there is %s', async (_what, leftMs, isLookOver) => {
    let call: RefreshCall | undefined;
    const refresh: RefreshToken = async (_request, given) => {
      call = given;
      await new Promise((resolve) => given.signal.addEventListener('abort', resolve, { once: true }));
      // Timers that are due at the same time are all over by now.
      await new Promise((resolve) => setTimeout(resolve, 10));
      throw given.signal.reason;
    };
    const invoke = createRefreshFunction({ access_token: refresh }, () => undefined);
    await expect(invoke({}, contextWith(leftMs))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(call?.reportSignal.aborted).toBe(isLookOver);
  });
});
