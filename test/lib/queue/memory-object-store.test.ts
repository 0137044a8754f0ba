import { createMemoryObjectStore } from '../../../lib/queue/memory-object-store.ts';
import { describeObjectStore } from '../../support/object-store-contract.ts';

const { signal } = new AbortController();

describe('createMemoryObjectStore', () => {
  describeObjectStore(createMemoryObjectStore);

  it('forgets the objects that were written the longest ago', async () => {
    const store = createMemoryObjectStore();
    await store.write('first', '1');
    for (let number = 0; number < 999; number += 1) await store.write(`other-${number}`, '');
    await store.write('first', '2');
    await store.write('one-too-many', '');
    expect(await store.read('other-0', signal)).toBeUndefined();
    expect(await store.read('first', signal)).toMatchObject({ body: '2' });
    expect(await store.read('one-too-many', signal)).toBeDefined();
  });
});
