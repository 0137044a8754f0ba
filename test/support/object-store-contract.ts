// What every ObjectStore does, whatever is behind it.
import type { ObjectStore } from '../../lib/core/object-store.ts';

const { signal } = new AbortController();

/** @param getStore Called within the tests; keys of one test are not used by another. */
export function describeObjectStore(getStore: () => ObjectStore): void {
  it('reads back what it wrote, under an etag that changes with the body', async () => {
    const store = getStore();
    await store.write('known/a.json', '{"text":"文"}');
    const first = await store.read('known/a.json', signal);
    expect(first).toEqual({ body: '{"text":"文"}', etag: expect.stringMatching(/./) });
    await store.write('known/a.json', '{}');
    const second = await store.read('known/a.json', signal);
    expect(second?.body).toBe('{}');
    expect(second?.etag).not.toBe(first?.etag);
  });

  it('finds nothing where there is no object', async () => {
    expect(await getStore().read('known/missing.json', signal)).toBeUndefined();
  });

  it('creates an object only where there is none, and returns the etag it reads', async () => {
    const store = getStore();
    const etag = await store.create('known/b.json', '1', signal);
    expect(etag).toMatch(/./);
    expect(await store.create('known/b.json', '2', signal)).toBeUndefined();
    expect(await store.read('known/b.json', signal)).toEqual({ body: '1', etag });
  });

  it('lets one of many create an object', async () => {
    const store = getStore();
    const etags = await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.create('known/c.json', String(index), signal)),
    );
    const created = [...etags.entries()].filter(([, etag]) => etag !== undefined);
    expect(created).toHaveLength(1);
    const [winner, etag] = created[0] ?? [];
    expect(await store.read('known/c.json', signal)).toEqual({ body: String(winner), etag });
  });

  it('replaces only the object that was written, and returns the etag it reads', async () => {
    const store = getStore();
    const first = (await store.create('known/d.json', '1', signal)) ?? '';
    const second = (await store.replace('known/d.json', '2', first)) ?? '';
    expect(second).toMatch(/./);
    expect(await store.replace('known/d.json', '3', first)).toBeUndefined();
    expect(await store.read('known/d.json', signal)).toEqual({ body: '2', etag: second });
    expect(await store.replace('known/d.json', '4', second)).toMatch(/./);
    expect(await store.read('known/d.json', signal)).toMatchObject({ body: '4' });
  });

  it('lets one of many replace an object', async () => {
    const store = getStore();
    const found = (await store.create('known/e.json', 'first', signal)) ?? '';
    const etags = await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.replace('known/e.json', String(index), found)),
    );
    expect(etags.filter((etag) => etag !== undefined)).toHaveLength(1);
    const winner = etags.findIndex((etag) => etag !== undefined);
    expect(await store.read('known/e.json', signal)).toMatchObject({ body: String(winner) });
  });

  it('replaces no object that is not there', async () => {
    const store = getStore();
    const etag = (await store.create('known/f.json', '1', signal)) ?? '';
    expect(await store.replace('known/none.json', '2', etag)).toBeUndefined();
    expect(await store.read('known/none.json', signal)).toBeUndefined();
  });
}
