// Aborts an upstream attempt that stays silent for too long.
import { GatewayError } from '../core/errors.ts';

export interface SilenceLimits {
  /** To the first event of a stream, or to the end of an answer that is not streamed; connecting included. */
  readonly firstEventTimeoutMs: number;
  /** Between two events of a stream. */
  readonly idleTimeoutMs: number;
  /** How long a silence before the first event has to be for a deadline that ends it to count as one. For tests. Default: 10,000. */
  readonly tellingSilenceMs?: number;
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
 * Where the deadline comes before that, `deadline_exceeded` has the long silence it ended, an `upstream_timeout`, as its cause.
 */
export function createSilenceWatch(limits: SilenceLimits, signal: AbortSignal): SilenceWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** While the first event is waited for. */
  let startedAtMs = Infinity;
  const stop = (): void => {
    startedAtMs = Infinity;
    clearTimeout(timer);
  };
  const onAbort = (): void => controller.abort(explainDeadline(signal.reason, limits, Date.now() - startedAtMs));
  if (signal.aborted) onAbort();
  // AbortSignal.any costs several times as much; it is for signals that outlive what waits for them, and this one does not.
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    start: () => {
      const { firstEventTimeoutMs: timeoutMs } = limits;
      stop();
      startedAtMs = Date.now();
      timer = setTimeout(() => controller.abort(createTimeout(timeoutMs)), timeoutMs);
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

function createTimeout(silentMs: number): GatewayError {
  return new GatewayError('upstream_timeout', `The upstream was silent for ${silentMs / 1_000} s`);
}

function explainDeadline(reason: unknown, { tellingSilenceMs = 10_000 }: SilenceLimits, silentMs: number): unknown {
  const isDeadline = reason instanceof GatewayError && reason.code === 'deadline_exceeded';
  if (!isDeadline || silentMs < tellingSilenceMs) return reason;
  return new GatewayError('deadline_exceeded', reason.message, { cause: createTimeout(silentMs) });
}
