// Work that several callers wait for. The first caller starts it, and it is aborted when the last one has left.
import { settleOrAbort } from './settle-or-abort.ts';

export interface SharedWork<T> {
  /**
   * Waits for the work that is under way, or begins it.
   *
   * @param signal The caller's: when it aborts, this call rejects with its reason, and the others go on waiting.
   * @param begin Does the work. Its signal aborts once nobody is waiting; the next caller then starts it anew.
   */
  join(signal: AbortSignal, begin: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Work<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export function createSharedWork<T>(): SharedWork<T> {
  let current: Work<T> | undefined;

  const forget = (work: Work<T>): void => {
    if (current === work) current = undefined;
  };
  const start = (begin: (signal: AbortSignal) => Promise<T>): Work<T> => {
    const controller = new AbortController();
    const result = begin(controller.signal).finally(() => forget(work));
    const work: Work<T> = { result, controller, waiting: 0 };
    return work;
  };

  return {
    join: async (signal, begin) => {
      // Before the work starts: nobody would wait for it, and its failure would be an unhandled rejection.
      signal.throwIfAborted();
      const work = (current ??= start(begin));
      work.waiting += 1;
      try {
        return await settleOrAbort(work.result, signal);
      } finally {
        work.waiting -= 1;
        if (work.waiting === 0) {
          forget(work);
          work.controller.abort();
        }
      }
    },
  };
}
