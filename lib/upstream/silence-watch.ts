// Aborts an attempt whose upstream shows no sign of life, or shows nothing else for too long.
import type { Clock, Timer } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

export interface SilenceLimits {
  /** From the request, connecting included, and between any two signs of life, until the first event or the whole answer. */
  readonly firstEventTimeoutMs: number;
  /** Between two signs of life in a stream that has begun. */
  readonly idleTimeoutMs: number;
  /** How long there may be signs of life, such as comments or thoughts, and no text. */
  readonly textTimeoutMs: number;
}

export interface SilenceWatch {
  /** Aborts after a silence or with the caller's signal, whichever comes first. */
  readonly signal: AbortSignal;
  /** Bytes have come that were no text: comments, progress, thoughts. Each is a sign of life. */
  noteLife(): void;
  /** Text has come. The watch is stopped: time that the caller takes is not the upstream's. */
  pause(): void;
  /** Begins to wait for the next text. Default: with the idle limit of the attempt. */
  resume(timeoutMs?: number): void;
  stop(): void;
}

/** How long a silence before the first event has to be for a deadline that ends it to count as one. */
const tellingSilenceMs = 10_000;

/**
 * Watches one attempt from now on. A silence aborts with `upstream_timeout`, or with `upstream_idle_timeout` once text has
 * come. Where the deadline comes before that, `deadline_exceeded` has the long silence it ended, an `upstream_timeout`, as
 * its cause.
 */
export function createSilenceWatch(limits: SilenceLimits, signal: AbortSignal, clock: Clock): SilenceWatch {
  const controller = new AbortController();
  let hasText = false;
  let timer: Timer | undefined;
  let withoutTextSinceMs = clock.now();
  let silentSinceMs = withoutTextSinceMs;

  const start = (timeoutMs: number): void => {
    timer?.stop();
    timer = clock.startTimer(timeoutMs, () => {
      controller.abort(createSilence(hasText, 'was silent', timeoutMs));
    });
  };
  const stop = (): void => {
    timer?.stop();
    silentSinceMs = Infinity;
  };
  const onAbort = (): void => {
    timer?.stop();
    controller.abort(hasText ? signal.reason : explainDeadline(signal.reason, clock.now() - silentSinceMs));
  };
  if (signal.aborted) onAbort();
  else {
    // AbortSignal.any costs several times as much; it is for signals that outlive what waits for them, and this one does not.
    signal.addEventListener('abort', onAbort, { once: true });
    start(limits.firstEventTimeoutMs);
  }

  return {
    signal: controller.signal,
    noteLife: () => {
      const nowMs = clock.now();
      if (nowMs - withoutTextSinceMs >= limits.textTimeoutMs) {
        controller.abort(createSilence(hasText, 'sent no text', limits.textTimeoutMs));
        return;
      }
      silentSinceMs = nowMs;
      timer?.refresh();
    },
    pause: () => {
      hasText = true;
      timer?.stop();
    },
    resume: (timeoutMs = limits.idleTimeoutMs) => {
      hasText = true;
      withoutTextSinceMs = clock.now();
      start(timeoutMs);
    },
    stop,
  };
}

function createSilence(hasText: boolean, what: string, ms: number): GatewayError {
  const words = `The upstream ${what} for ${ms / 1_000}`;
  return hasText
    ? new GatewayError('upstream_idle_timeout', `${words} s in the middle of the stream`)
    : new GatewayError('upstream_timeout', `${words} s`);
}

function explainDeadline(reason: unknown, silentMs: number): unknown {
  const isDeadline = reason instanceof GatewayError && reason.code === 'deadline_exceeded';
  if (!isDeadline || !(silentMs >= tellingSilenceMs)) return reason;
  return new GatewayError('deadline_exceeded', reason.message, {
    cause: createSilence(false, 'was silent', silentMs),
  });
}
