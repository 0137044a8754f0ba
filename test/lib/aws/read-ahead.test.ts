import { withReadAhead } from '../../../lib/aws/read-ahead.ts';
import type { SecretStore, StoredSecret } from '../../../lib/core/secret-store.ts';

const { signal } = new AbortController();

/** A store whose reads end when they are told to. */
function createHeldStore() {
  const reads: string[] = [];
  const held: PromiseWithResolvers<StoredSecret | undefined>[] = [];
  const store: SecretStore = {
    read: (secretId) => {
      reads.push(secretId);
      const result = Promise.withResolvers<StoredSecret | undefined>();
      held.push(result);
      return result.promise;
    },
    write: async (secretId, value) => `${secretId}=${String(value)}`,
  };
  const finish = (index: number, value: unknown): void => held[index]?.resolve({ value, version: '1' });
  const fail = (index: number, error: Error): void => held[index]?.reject(error);
  return { store, reads, finish, fail };
}

function create(secretIds = ['clients', 'token']) {
  const { store, ...held } = createHeldStore();
  let now = 1_000;
  const clock = { now: () => now };
  const advance = (ms: number): void => void (now += ms);
  return { ...held, advance, ahead: withReadAhead(store, { secretIds, clock }) };
}

describe('withReadAhead', () => {
  it('begins to read the others with the first one, and gives what comes of it', async () => {
    const { ahead, reads, finish } = create(['clients', 'token', 'key']);
    const clients = ahead.read('clients', signal);
    expect(reads).toEqual(['clients', 'token', 'key']);
    finish(0, 'c');
    finish(1, 't');
    finish(2, 'k');
    expect(await clients).toMatchObject({ value: 'c' });
    expect(await ahead.read('key', signal)).toMatchObject({ value: 'k' });
    expect(await ahead.read('token', signal)).toMatchObject({ value: 't' });
    expect(reads).toHaveLength(3);
  });

  it('reads ahead once, and each result is given once', async () => {
    const { ahead, reads, finish } = create();
    void ahead.read('clients', signal);
    finish(1, 'old');
    await ahead.read('token', signal);
    const again = ahead.read('token', signal);
    finish(2, 'new');
    expect(await again).toMatchObject({ value: 'new' });
    void ahead.read('clients', signal);
    expect(reads).toEqual(['clients', 'token', 'token', 'clients']);
  });

  it('gives nothing that was read five seconds ago', async () => {
    const { ahead, reads, finish, advance } = create();
    void ahead.read('clients', signal);
    finish(1, 'old');
    advance(5_000);
    const token = ahead.read('token', signal);
    finish(2, 'new');
    expect(await token).toMatchObject({ value: 'new' });
    expect(reads).toEqual(['clients', 'token', 'token']);
  });

  it('tells of a failure whoever asks for the secret, and nobody else', async () => {
    const { ahead, finish, fail } = create();
    const clients = ahead.read('clients', signal);
    fail(1, new Error('denied'));
    finish(0, 'c');
    expect(await clients).toMatchObject({ value: 'c' });
    // Long enough for a rejection without a handler to end the process.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(ahead.read('token', signal)).rejects.toThrow('denied');
    const again = ahead.read('token', signal);
    finish(2, 't');
    expect(await again).toMatchObject({ value: 't' });
  });

  it('lets a caller go that has waited long enough', async () => {
    const { ahead } = create();
    void ahead.read('clients', signal);
    const controller = new AbortController();
    const token = ahead.read('token', controller.signal);
    controller.abort(new Error('gone'));
    await expect(token).rejects.toThrow('gone');
  });

  it('writes and reads other secrets as the store does', async () => {
    const { ahead, reads, finish } = create();
    expect(await ahead.write('token', 'x')).toBe('token=x');
    expect(reads).toEqual([]);
    const other = ahead.read('other', signal);
    finish(0, 'o');
    expect(await other).toMatchObject({ value: 'o' });
    expect(reads).toEqual(['other', 'clients', 'token']);
  });
});
