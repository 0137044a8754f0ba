// Passes the items of a stream on unchanged, and reports each item, an error, and how the stream was closed.

/** Callbacks for what happens in a stream. Each is optional. */
export interface ItemsWatcher<Item> {
  /** Called with each item before it is passed on. */
  readonly onItem?: (item: Item) => void;
  /** Returns the error that the reader gets in place of the original one. Default: the original. */
  readonly mapError?: (error: unknown) => unknown;
  /** Called once, and waited for: `end` after the last item, `error` after a failure, `left` when the reader stops before either. */
  readonly onClose?: (how: 'end' | 'error' | 'left') => void | Promise<void>;
}

/** Returns the watched stream. It is no generator, because one generator around another makes each item several times as costly. */
export function watchItems<Item>(items: AsyncIterable<Item>, watcher: ItemsWatcher<Item>): AsyncIterable<Item> {
  const { onItem, mapError = (error) => error, onClose } = watcher;
  const iterator = items[Symbol.asyncIterator]();
  let isOpen = true;
  const close = async (how: 'end' | 'error' | 'left'): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await onClose?.(how);
  };
  const watching: AsyncIterator<Item> = {
    next: async () => {
      try {
        const result = await iterator.next();
        if (result.done === true) await close('end');
        else onItem?.(result.value);
        return result;
      } catch (error) {
        await close('error');
        throw mapError(error);
      }
    },
    return: async () => {
      try {
        await iterator.return?.();
      } finally {
        await close('left');
      }
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => watching };
}
