// Aborts an upstream attempt that stays silent for too long.
import { GatewayError } from '../errors.ts';

export interface SilenceLimits {
  /** To the first event of a stream, or to the end of an answer that is none; connecting included. */
  readonly firstEventTimeoutMs: number;
  /** Between two events of a stream. */
  readonly idleTimeoutMs: number;
}

export interface SilenceWatch {
  /** Aborts after a silence or with the caller's signal, whichever comes first. */
  readonly signal: AbortSignal;
  /** Begins to count to the first event or the whole answer. */
  start(): void;
  /** Begins to count to the next event. Default: the attempt's idle limit. */
  startIdle(timeoutMs?: number): void;
  stop(): void;
}

/**
 * Watches one attempt: the time to the whole answer or the first event, and then between events. Bytes that make no
 * event, such as comments, do not count. A silence aborts with `upstream_timeout`, or later with `upstream_idle_timeout`.
 */
export function createSilenceWatch(limits: SilenceLimits, signal: AbortSignal): SilenceWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  // AbortSignal.any costs several times as much; it is for signals that outlive what waits for them, and this one does not.
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    start: () => {
      const { firstEventTimeoutMs: timeoutMs } = limits;
      stop();
      timer = setTimeout(() => {
        const message = `The upstream was silent for ${timeoutMs / 1_000} s`;
        controller.abort(new GatewayError('upstream_timeout', message));
      }, timeoutMs);
    },
    startIdle: (timeoutMs = limits.idleTimeoutMs) => {
      stop();
      timer = setTimeout(() => {
        const message = `The upstream was silent for ${timeoutMs / 1_000} s in the middle of the stream`;
        controller.abort(new GatewayError('upstream_idle_timeout', message));
      }, timeoutMs);
    },
    stop,
  };
}
