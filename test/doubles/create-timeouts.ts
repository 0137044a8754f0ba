// The timeouts of a clock that a test moves: signals that abort once the clock has come to their time.

export interface Timeouts {
  /** Returns a signal that aborts when the clock comes to `atMs`. */
  add(atMs: number): AbortSignal;
  /** The time of the next one; undefined when there is none. */
  next(): number | undefined;
  /** Aborts those whose time has come. */
  expire(nowMs: number): void;
}

export function createTimeouts(): Timeouts {
  let pending: readonly { readonly atMs: number; readonly controller: AbortController }[] = [];
  return {
    add: (atMs) => {
      const controller = new AbortController();
      pending = [...pending, { atMs, controller }];
      return controller.signal;
    },
    next: () => (pending.length === 0 ? undefined : Math.min(...pending.map(({ atMs }) => atMs))),
    expire: (nowMs) => {
      const due = pending.filter(({ atMs }) => atMs <= nowMs);
      pending = pending.filter(({ atMs }) => atMs > nowMs);
      // As AbortSignal.timeout does.
      for (const { controller } of due) controller.abort(new DOMException('The time is up', 'TimeoutError'));
    },
  };
}
