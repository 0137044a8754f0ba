import { GatewayError } from '../../../lib/core/errors.ts';
import type { Log, Metrics } from '../../../lib/core/log.ts';
import type { StoredToken, Token, TokenStore } from '../../../lib/token/token-source.ts';
import { createTokenRefresh } from '../../../lib/token/refresh.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

const { signal } = new AbortController();
const call = { signal, reportSignal: signal };
const clock = createFakeClock();
const dayMs = 86_400_000;

function createScene(current: StoredToken | undefined, exchange?: () => Promise<Token>) {
  const written: Token[] = [];
  const lines: unknown[] = [];
  let exchanges = 0;
  const store: TokenStore = {
    read: async (readSignal) => {
      readSignal.throwIfAborted();
      return current;
    },
    write: async (token) => {
      written.push(token);
      return 'v-new';
    },
  };
  const counted: Metrics[] = [];
  const log: Log = (level, message, fields, metrics = {}) => {
    lines.push([level, message, fields]);
    counted.push(metrics);
  };
  const refresh = createTokenRefresh({
    store,
    kind: 'access_token',
    obtain: async () => {
      exchanges += 1;
      return exchange === undefined ? { value: 'new', expiresAtMs: clock.now() + dayMs } : exchange();
    },
    clock,
    log,
  });
  return { refresh, written, lines, metrics: counted, exchanges: () => exchanges };
}

const valid: StoredToken = { value: 'old', version: 'v-old', expiresAtMs: clock.now() + dayMs };

describe('createTokenRefresh', () => {
  it('always refreshes on the schedule', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({}, call)).resolves.toMatchObject({ refreshed: true, version: 'v-new' });
    expect(scene.written).toEqual([{ value: 'new', expiresAtMs: clock.now() + dayMs }]);
  });

  it('refreshes when the refused version is the stored one', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({ rejectedVersion: 'v-old' }, call)).resolves.toMatchObject({ refreshed: true });
  });

  it('skips when the store already holds another version than the refused one', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({ rejectedVersion: 'v-older' }, call)).resolves.toEqual({
      refreshed: false,
      version: 'v-old',
      expiresAtMs: valid.expiresAtMs,
    });
    expect(scene.exchanges()).toBe(0);
  });

  it.each([
    ['has expired', 0],
    ['expires so soon that nobody would use it', 60_000],
  ])('does not skip for a stored token that %s', async (_which, lifeMs) => {
    const scene = createScene({ ...valid, expiresAtMs: clock.now() + lifeMs });
    await expect(scene.refresh({ rejectedVersion: 'v-older' }, call)).resolves.toMatchObject({ refreshed: true });
  });

  it('refreshes when nothing was stored, and skips when somebody has stored since', async () => {
    await expect(createScene(undefined).refresh({ rejectedVersion: null }, call)).resolves.toMatchObject({
      refreshed: true,
    });
    await expect(createScene(valid).refresh({ rejectedVersion: null }, call)).resolves.toMatchObject({
      refreshed: false,
    });
  });

  it.each([
    ['the new token', undefined, { 'access_token.expires_in': { value: 86_400, unit: 'Seconds' } }],
    [
      'the stored one and the failure',
      () => Promise.reject(new GatewayError('service_token_failed', 'refused')),
      {
        'token.refresh_failures': { value: 1, unit: 'Count' },
        'access_token.expires_in': { value: 86_400, unit: 'Seconds' },
      },
    ],
  ])('counts the life of %s', async (_what, exchange, metrics) => {
    const scene = createScene(valid, exchange);
    await scene.refresh({}, call).catch(() => undefined);
    expect(scene.metrics).toEqual([metrics]);
  });

  it('counts no life of a token that has never been there', async () => {
    const scene = createScene(undefined, () => Promise.reject(new GatewayError('service_token_failed', 'refused')));
    await scene.refresh({}, call).catch(() => undefined);
    expect(scene.metrics).toEqual([{ 'token.refresh_failures': { value: 1, unit: 'Count' } }]);
  });

  it('writes nothing when the exchange fails, and logs the failure', async () => {
    const scene = createScene(valid, () => Promise.reject(new GatewayError('service_token_failed', 'refused')));
    await expect(scene.refresh({}, call)).rejects.toMatchObject({ code: 'service_token_failed' });
    expect(scene.written).toEqual([]);
    expect(scene.lines).toEqual([
      ['error', 'token refresh failed', expect.objectContaining({ code: 'service_token_failed' })],
    ]);
  });

  it('keeps the stored token when the new one expires so soon that nobody would use it', async () => {
    const obtain = async (lifeMs: number) => ({ value: 'short', expiresAtMs: clock.now() + lifeMs });
    const scene = createScene(valid, () => obtain(60_000));
    await expect(scene.refresh({}, call)).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringContaining('expires in 60 s'),
    });
    expect(scene.written).toEqual([]);
    await expect(createScene(valid, () => obtain(61_000)).refresh({}, call)).resolves.toMatchObject({
      refreshed: true,
    });
  });

  it('says that it ran out of time, and counts the life of the stored token all the same', async () => {
    const controller = new AbortController();
    const scene = createScene(valid, async () => {
      controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline'));
      throw controller.signal.reason;
    });
    const refreshing = scene.refresh({}, { signal: controller.signal, reportSignal: signal });
    await expect(refreshing).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(scene.lines).toEqual([
      ['error', 'token refresh failed', expect.objectContaining({ code: 'deadline_exceeded' })],
    ]);
    expect(scene.metrics).toEqual([
      {
        'token.refresh_failures': { value: 1, unit: 'Count' },
        'access_token.expires_in': { value: 86_400, unit: 'Seconds' },
      },
    ]);
  });

  it('does not wait for the store beyond its time', async () => {
    const controller = new AbortController();
    const store: TokenStore = {
      read: async () => valid,
      write: async () => {
        controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline'));
        return new Promise<never>(() => undefined);
      },
    };
    const obtain = async () => ({ value: 'new', expiresAtMs: clock.now() + dayMs });
    const refresh = createTokenRefresh({ store, kind: 'access_token', obtain, clock, log: () => undefined });
    const refreshing = refresh({}, { signal: controller.signal, reportSignal: signal });
    await expect(refreshing).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('fails even when what is stored cannot be read, and says so', async () => {
    const scene = createScene(valid, () => Promise.reject(new GatewayError('upstream_timeout', 'late')));
    const reportSignal = AbortSignal.abort(new Error('too late'));
    await expect(scene.refresh({}, { signal, reportSignal })).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(scene.lines).toEqual([
      ['warn', 'stored token could not be read', expect.objectContaining({ token: 'access_token' })],
      ['error', 'token refresh failed', expect.objectContaining({ code: 'upstream_timeout' })],
    ]);
  });

  it('tells an invoker nothing of an unforeseen error', async () => {
    const scene = createScene(valid, () => Promise.reject(new Error('arn:aws:… client_secret=canary')));
    await expect(scene.refresh({}, call)).rejects.toMatchObject({ message: 'Internal error' });
    expect(JSON.stringify(scene.lines)).not.toContain('canary');
  });
});
