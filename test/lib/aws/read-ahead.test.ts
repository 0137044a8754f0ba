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
  const finishEmpty = (index: number): void => held[index]?.resolve(undefined);
  const fail = (index: number, error: Error): void => held[index]?.reject(error);
  return { store, reads, finish, finishEmpty, fail };
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

  describe('prepared', () => {
    const prepare = async (given: ReturnType<typeof create>) => {
      const prepared = given.ahead.prepare(signal);
      given.finish(0, 'c');
      given.finish(1, 't');
      await prepared;
    };

    it('gives each secret once without asking the store', async () => {
      const given = create();
      const { ahead, reads, finish } = given;
      await prepare(given);
      expect(reads).toEqual(['clients', 'token']);
      expect(await ahead.read('clients', signal)).toMatchObject({ value: 'c' });
      expect(await ahead.read('token', signal)).toMatchObject({ value: 't' });
      expect(reads).toHaveLength(2);
      const again = ahead.read('token', signal);
      finish(2, 'new');
      expect(await again).toMatchObject({ value: 'new' });
    });

    it('gives nothing that was read five seconds ago, and reads all at the same time again', async () => {
      const given = create();
      const { ahead, reads, finish, advance } = given;
      await prepare(given);
      advance(5_000);
      const clients = ahead.read('clients', signal);
      expect(reads).toEqual(['clients', 'token', 'clients', 'token']);
      finish(2, 'new');
      expect(await clients).toMatchObject({ value: 'new' });
    });

    it('counts the five seconds from the beginning of the reads', async () => {
      const given = create();
      const { ahead, reads, advance, finish } = given;
      const prepared = ahead.prepare(signal);
      advance(4_999);
      finish(0, 'c');
      finish(1, 't');
      await prepared;
      expect(await ahead.read('clients', signal)).toMatchObject({ value: 'c' });
      advance(1);
      void ahead.read('token', signal);
      expect(reads).toEqual(['clients', 'token', 'token']);
    });

    it('says that one cannot be read, keeps the other, and reads the one when it is asked for', async () => {
      const { ahead, reads, finish, fail } = create();
      const prepared = ahead.prepare(signal);
      fail(1, new Error('denied'));
      finish(0, 'c');
      await expect(prepared).rejects.toThrow('denied');
      expect(await ahead.read('clients', signal)).toMatchObject({ value: 'c' });
      const token = ahead.read('token', signal);
      finish(2, 't');
      expect(await token).toMatchObject({ value: 't' });
      expect(reads).toEqual(['clients', 'token', 'token']);
    });

    it('does not keep that one has no value yet', async () => {
      const { ahead, reads, finish, finishEmpty } = create();
      const prepared = ahead.prepare(signal);
      finish(0, 'c');
      finishEmpty(1);
      await prepared;
      void ahead.read('clients', signal);
      void ahead.read('token', signal);
      expect(reads).toEqual(['clients', 'token', 'token']);
    });

    it('has the first request read all at the same time when none could be read', async () => {
      const { ahead, reads, fail } = create();
      const prepared = ahead.prepare(signal);
      fail(0, new Error('denied'));
      fail(1, new Error('denied'));
      await expect(prepared).rejects.toThrow('denied');
      void ahead.read('clients', signal);
      expect(reads).toEqual(['clients', 'token', 'clients', 'token']);
    });

    it('gives up when it is told to, even if the store does not', async () => {
      const { ahead, reads } = create();
      const controller = new AbortController();
      const prepared = ahead.prepare(controller.signal);
      controller.abort(new Error('too long'));
      await expect(prepared).rejects.toThrow('too long');
      void ahead.read('clients', signal);
      expect(reads).toEqual(['clients', 'token', 'clients', 'token']);
    });
  });
});
