import { createTokenSource } from '../../../lib/token/token-source.ts';
import type { RequestTokenRefresh, StoredToken, Token, TokenStore } from '../../../lib/token/token-source.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

const { signal } = new AbortController();
const clock = createFakeClock();
const inADay = clock.now() + 86_400_000;

const stored = (value: string, expiresAtMs = inADay): StoredToken => ({ value, expiresAtMs, version: `v-${value}` });

/** A store in memory that counts its reads. */
function createStore(initial?: StoredToken): TokenStore & { current: StoredToken | undefined; reads: number } {
  const store = {
    current: initial,
    reads: 0,
    read: async () => {
      store.reads += 1;
      return store.current;
    },
    write: async (token: Token) => {
      store.current = { ...token, version: `v-${token.value}` };
      return store.current.version;
    },
  };
  return store;
}

const never: RequestTokenRefresh = async () => {
  throw new Error('no refresh expected');
};

describe('createTokenSource', () => {
  it('reads the store once for any number of requests', async () => {
    const store = createStore(stored('a'));
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const values = await Promise.all(Array.from({ length: 20 }, async () => (await tokens.get(signal)).value));
    await tokens.get(signal);
    expect(new Set(values)).toEqual(new Set(['a']));
    expect(store.reads).toBe(1);
  });

  it('asks for a refresh when nothing is stored', async () => {
    const store = createStore();
    const asked: unknown[] = [];
    const requestRefresh: RequestTokenRefresh = async (rejectedVersion) => {
      asked.push(rejectedVersion);
      store.current = stored('a');
      return 'done';
    };
    const tokens = createTokenSource({ store, requestRefresh, clock });
    expect((await tokens.get(signal)).value).toBe('a');
    expect(asked).toEqual([undefined]);
  });

  it('does not begin with a token that is about to expire', async () => {
    const store = createStore(stored('old', clock.now() + 30_000));
    const requestRefresh: RequestTokenRefresh = async () => {
      store.current = stored('new');
      return 'done';
    };
    const tokens = createTokenSource({ store, requestRefresh, clock });
    expect((await tokens.get(signal)).value).toBe('new');
  });

  it('reads the store again before it asks for a refresh', async () => {
    const store = createStore(stored('old'));
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const rejected = await tokens.get(signal);
    store.current = stored('new');
    expect((await tokens.replace(rejected, signal)).value).toBe('new');
  });

  it('asks for one refresh, with the refused version, however many requests were refused', async () => {
    const store = createStore(stored('old'));
    const asked: unknown[] = [];
    const requestRefresh: RequestTokenRefresh = async (rejectedVersion) => {
      asked.push(rejectedVersion);
      store.current = stored('new');
      return 'done';
    };
    const tokens = createTokenSource({ store, requestRefresh, clock });
    const rejected = await tokens.get(signal);
    const replacements = await Promise.all(Array.from({ length: 20 }, () => tokens.replace(rejected, signal)));
    expect(new Set(replacements.map(({ value }) => value))).toEqual(new Set(['new']));
    expect(asked).toEqual(['v-old']);
    // At first, before the refresh, and after it.
    expect(store.reads).toBe(3);
  });

  it('uses a replacement it already holds', async () => {
    const store = createStore(stored('old'));
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const rejected = await tokens.get(signal);
    store.current = stored('new');
    await tokens.replace(rejected, signal);
    const readsBefore = store.reads;
    expect((await tokens.replace(rejected, signal)).value).toBe('new');
    expect(store.reads).toBe(readsBefore);
  });

  it('waits for a refresh that is under way elsewhere', async () => {
    const store = createStore(stored('old'));
    let asked = 0;
    const requestRefresh: RequestTokenRefresh = async () => {
      asked += 1;
      if (asked === 3) store.current = stored('new');
      return 'busy';
    };
    const tokens = createTokenSource({ store, requestRefresh, clock });
    expect((await tokens.replace(await tokens.get(signal), signal)).value).toBe('new');
    expect(asked).toBe(3);
  });

  it('fails when a refresh leaves the refused token in place', async () => {
    const store = createStore(stored('old'));
    const tokens = createTokenSource({ store, requestRefresh: async () => 'done', clock });
    const rejected = await tokens.get(signal);
    await expect(tokens.replace(rejected, signal)).rejects.toMatchObject({ code: 'service_token_failed' });
  });

  it('tries anew after a failure', async () => {
    const store = createStore();
    let asked = 0;
    const requestRefresh: RequestTokenRefresh = async () => {
      asked += 1;
      if (asked === 1) throw new Error('refresh function down');
      store.current = stored('a');
      return 'done';
    };
    const tokens = createTokenSource({ store, requestRefresh, clock });
    await expect(tokens.get(signal)).rejects.toMatchObject({ code: 'service_token_failed' });
    expect((await tokens.get(signal)).value).toBe('a');
  });

  it('serves the token at hand while the store is down', async () => {
    const store = createStore(stored('a'));
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    await tokens.get(signal);
    store.read = async () => {
      throw new Error('secrets manager down');
    };
    expect((await tokens.get(signal)).value).toBe('a');
  });

  it('lets one request go without disturbing the others that wait with it', async () => {
    const store = createStore(stored('a'));
    const gate = Promise.withResolvers<void>();
    const read = store.read.bind(store);
    store.read = async (readSignal) => {
      await gate.promise;
      return read(readSignal);
    };
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const controller = new AbortController();
    const impatient = tokens.get(controller.signal);
    const patient = tokens.get(signal);
    controller.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    gate.resolve();
    expect((await patient).value).toBe('a');
  });

  it('starts nothing for a request that has already been given up', async () => {
    const store = createStore(stored('a'));
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    await expect(tokens.get(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(store.reads).toBe(0);
  });

  it('goes again when a renewal that began before a refusal brings the refused token', async () => {
    const store = createStore(stored('old'));
    const gate = Promise.withResolvers<void>();
    let isGated = true;
    const read = store.read.bind(store);
    store.read = async (readSignal) => {
      const token = await read(readSignal);
      if (isGated) await gate.promise;
      return token;
    };
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const slow = tokens.get(signal);
    await new Promise((resolve) => setImmediate(resolve));
    // The slow read has seen "old"; meanwhile Qianfan refuses "old" elsewhere and "new" is stored.
    store.current = stored('new');
    isGated = false;
    const replacing = tokens.replace(stored('old'), signal);
    gate.resolve();
    expect((await slow).value).toBe('old');
    expect((await replacing).value).toBe('new');
  });

  it('begins with the store again when nobody waits for a refresh that hangs any more', async () => {
    const store = createStore(stored('old'));
    const given: AbortSignal[] = [];
    const requestRefresh: RequestTokenRefresh = (_version, refreshSignal) => {
      given.push(refreshSignal);
      return new Promise(() => undefined);
    };
    // Time stands still, so that only what the second request does can help it.
    const still = { ...clock, sleep: () => new Promise<void>(() => undefined) };
    const tokens = createTokenSource({ store, requestRefresh, clock: still });
    const rejected = await tokens.get(signal);
    const controllers = [new AbortController(), new AbortController()];
    const impatient = controllers.map((controller) => tokens.replace(rejected, controller.signal));
    await new Promise((resolve) => setImmediate(resolve));
    for (const [index, controller] of controllers.entries()) {
      expect(given.map((refreshSignal) => refreshSignal.aborted)).toEqual([false]);
      controller.abort(new Error('gone'));
      await expect(impatient[index]).rejects.toThrow('gone');
    }
    expect(given[0]?.aborted).toBe(true);
    store.current = stored('new');
    expect((await tokens.replace(rejected, signal)).value).toBe('new');
    expect(given).toHaveLength(1);
  });

  it('looks at the store while a refresh hangs, once for all who wait', async () => {
    const store = createStore(stored('old'));
    let asked = 0;
    const requestRefresh: RequestTokenRefresh = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const looking = createFakeClock();
    const tokens = createTokenSource({ store, requestRefresh, clock: looking });
    const rejected = await tokens.get(signal);
    const read = store.read.bind(store);
    store.read = async (readSignal) => {
      if (store.reads === 4) store.current = stored('new');
      return read(readSignal);
    };
    const replacements = await Promise.all(Array.from({ length: 20 }, () => tokens.replace(rejected, signal)));
    expect(new Set(replacements.map(({ value }) => value))).toEqual(new Set(['new']));
    expect(asked).toBe(1);
    expect(store.reads).toBe(5);
    expect(looking.sleeps).toEqual([2_000, 2_000, 2_000]);
  });

  it('keeps the newer token when a read that was given up ends late', async () => {
    const store = createStore(stored('a'));
    const gate = Promise.withResolvers<void>();
    let isGated = true;
    const read = store.read.bind(store);
    store.read = async (readSignal) => {
      const token = await read(readSignal);
      if (isGated) await gate.promise;
      return token;
    };
    const tokens = createTokenSource({ store, requestRefresh: never, clock });
    const controller = new AbortController();
    const impatient = tokens.get(controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    isGated = false;
    store.current = stored('b');
    expect((await tokens.get(signal)).value).toBe('b');
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect((await tokens.get(signal)).value).toBe('b');
  });
});
