import { watchItems } from '../../../lib/core/watch-items.ts';

/** Yields the items, then throws the failure if there is one; `left` tells whether the reader stopped before the end. */
function createSource(items: readonly string[], failure?: Error) {
  const source = { left: false, items: read() };
  async function* read(): AsyncGenerator<string> {
    let isOver = false;
    try {
      yield* items;
      isOver = true;
      if (failure !== undefined) throw failure;
    } finally {
      if (!isOver) source.left = true;
    }
  }
  return source;
}

async function collect(items: AsyncIterable<string>, atMost = Infinity): Promise<string[]> {
  const collected: string[] = [];
  for await (const item of items) {
    collected.push(item);
    if (collected.length >= atMost) break;
  }
  return collected;
}

describe('watchItems', () => {
  it('passes every item on, after telling of it, and tells once of the end', async () => {
    const told: string[] = [];
    const watched = watchItems(createSource(['a', 'b']).items, {
      onItem: (item) => void told.push(item),
      onClose: (how) => void told.push(how),
    });
    const iterator = watched[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 'a' });
    expect(told).toEqual(['a']);
    expect(await collect(watched)).toEqual(['b']);
    await iterator.next();
    expect(told).toEqual(['a', 'b', 'end']);
  });

  it('tells of an error, then throws what it is mapped to', async () => {
    const told: string[] = [];
    const watched = watchItems(createSource(['a'], new Error('cut')).items, {
      mapError: (error) => new Error('mapped', { cause: error }),
      onClose: (how) => void told.push(how),
    });
    await expect(collect(watched)).rejects.toThrow(expect.objectContaining({ message: 'mapped' }));
    expect(told).toEqual(['error']);
  });

  it('throws the error itself when nothing maps it', async () => {
    const failure = new Error('cut');
    await expect(collect(watchItems(createSource([], failure).items, {}))).rejects.toBe(failure);
  });

  it('leaves the source when its reader leaves, and waits for what is done about it', async () => {
    const source = createSource(['a', 'b']);
    const told: string[] = [];
    const watched = watchItems(source.items, {
      onClose: async (how) => {
        await new Promise((resolve) => setImmediate(resolve));
        told.push(how);
      },
    });
    expect(await collect(watched, 1)).toEqual(['a']);
    expect(source.left).toBe(true);
    expect(told).toEqual(['left']);
  });

  it('tells that its reader has left even if the source cannot be left, or was not begun', async () => {
    const told: string[] = [];
    const onClose = (how: string) => void told.push(how);
    const broken: AsyncIterator<string> = {
      next: async () => ({ done: false, value: 'a' }),
      return: () => Promise.reject(new Error('broken')),
    };
    const source: AsyncIterable<string> = { [Symbol.asyncIterator]: () => broken };
    await expect(collect(watchItems(source, { onClose }), 1)).rejects.toThrow('broken');
    const notBegun = watchItems(createSource(['a']).items, { onClose });
    await notBegun[Symbol.asyncIterator]().return?.();
    expect(told).toEqual(['left', 'left']);
  });
});
