import { GatewayError } from '../../../lib/errors.ts';
import type { Log, Metrics } from '../../../lib/platform/logger.ts';
import type { AccessToken, TokenStore } from '../../../lib/token/access-tokens.ts';
import { createTokenRefresh, createTokenRefreshes } from '../../../lib/token/refresh.ts';
import type { RefreshToken } from '../../../lib/token/refresh.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';

const { signal } = new AbortController();
const clock = createFakeClock();

function createScene(current: AccessToken | undefined, exchange?: () => Promise<Omit<AccessToken, 'version'>>) {
  const written: Omit<AccessToken, 'version'>[] = [];
  const lines: unknown[] = [];
  let exchanges = 0;
  const store: TokenStore = {
    read: async () => current,
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
      return exchange === undefined ? { value: 'new', expiresAtMs: clock.now() + 1_000 } : exchange();
    },
    clock,
    log,
  });
  return { refresh, written, lines, metrics: counted, exchanges: () => exchanges };
}

const valid: AccessToken = { value: 'old', version: 'v-old', expiresAtMs: clock.now() + 1_000 };

describe('createTokenRefresh', () => {
  it('always refreshes on the schedule', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({}, signal)).resolves.toMatchObject({ refreshed: true, version: 'v-new' });
    expect(scene.written).toEqual([{ value: 'new', expiresAtMs: clock.now() + 1_000 }]);
  });

  it('refreshes when the refused version is the stored one', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({ rejectedVersion: 'v-old' }, signal)).resolves.toMatchObject({ refreshed: true });
  });

  it('skips when the store already holds another version than the refused one', async () => {
    const scene = createScene(valid);
    await expect(scene.refresh({ rejectedVersion: 'v-older' }, signal)).resolves.toEqual({
      refreshed: false,
      version: 'v-old',
      expiresAtMs: valid.expiresAtMs,
    });
    expect(scene.exchanges()).toBe(0);
  });

  it('does not skip for a stored token that has expired', async () => {
    const scene = createScene({ ...valid, expiresAtMs: clock.now() });
    await expect(scene.refresh({ rejectedVersion: 'v-older' }, signal)).resolves.toMatchObject({ refreshed: true });
  });

  it('refreshes when nothing was stored, and skips when somebody has stored since', async () => {
    await expect(createScene(undefined).refresh({ rejectedVersion: null }, signal)).resolves.toMatchObject({
      refreshed: true,
    });
    await expect(createScene(valid).refresh({ rejectedVersion: null }, signal)).resolves.toMatchObject({
      refreshed: false,
    });
  });

  it.each([
    ['the new token', undefined, { 'access_token.expires_in': { value: 1, unit: 'Seconds' } }],
    [
      'the stored one and the failure',
      () => Promise.reject(new GatewayError('service_token_failed', 'refused')),
      {
        'token.refresh_failures': { value: 1, unit: 'Count' },
        'access_token.expires_in': { value: 1, unit: 'Seconds' },
      },
    ],
  ])('counts the life of %s', async (_what, exchange, metrics) => {
    const scene = createScene(valid, exchange);
    await scene.refresh({}, signal).catch(() => undefined);
    expect(scene.metrics).toEqual([metrics]);
  });

  it('writes nothing when the exchange fails, and logs the failure', async () => {
    const scene = createScene(valid, () => Promise.reject(new GatewayError('service_token_failed', 'refused')));
    await expect(scene.refresh({}, signal)).rejects.toMatchObject({ code: 'service_token_failed' });
    expect(scene.written).toEqual([]);
    expect(scene.lines).toEqual([
      ['error', 'token refresh failed', expect.objectContaining({ code: 'service_token_failed' })],
    ]);
  });

  it('tells an invoker nothing of an unforeseen error', async () => {
    const scene = createScene(valid, () => Promise.reject(new Error('arn:aws:… client_secret=canary')));
    await expect(scene.refresh({}, signal)).rejects.toMatchObject({ message: 'Internal error' });
    expect(JSON.stringify(scene.lines)).not.toContain('canary');
  });
});

describe('createTokenRefreshes', () => {
  const result = { refreshed: true, version: 'v', expiresAtMs: 1 };

  function createJobs(failing: readonly string[] = []) {
    const done: string[] = [];
    const create =
      (kind: string): RefreshToken =>
      async () => {
        done.push(kind);
        if (failing.includes(kind)) throw new GatewayError('service_token_failed', `${kind} refused`);
        return result;
      };
    return { done, refresh: createTokenRefreshes({ access_token: create('a'), bearer_token: create('b') }) };
  }

  it('refreshes every token on the schedule, and the one that was refused on demand', async () => {
    const { done, refresh } = createJobs();
    await expect(refresh({}, signal)).resolves.toEqual([result, result]);
    expect(done).toEqual(['a', 'b']);
    await refresh({ token: 'bearer_token', rejectedVersion: 'v' }, signal);
    expect(done).toEqual(['a', 'b', 'b']);
  });

  it('does the other job when one fails, and then fails', async () => {
    const { done, refresh } = createJobs(['a']);
    await expect(refresh({}, signal)).rejects.toMatchObject({ message: 'a refused' });
    expect(done).toEqual(['a', 'b']);
  });

  it('refuses a token that is not configured', async () => {
    const refresh = createTokenRefreshes({});
    await expect(refresh({ token: 'bearer_token' }, signal)).rejects.toMatchObject({ code: 'service_token_failed' });
  });
});
