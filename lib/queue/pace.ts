// The pace of one process: has callers wait for their turns, and tells the state what comes of their calls.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { advancePace, beginPace, findSettledTime, findTurn } from './pace-state.ts';
import type { PaceEvent } from './pace-state.ts';

export interface Pace {
  /**
   * Resolves when the next call may start.
   *
   * @throws GatewayError at once when the turn would come too late to be answered before the deadline:
   * `deadline_exceeded`, or the upstream's limit while that is the reason. Later on it throws the error of
   * {@link dismiss}, or the signal's reason when it aborts.
   */
  takeTurn(deadlineMs: number, signal: AbortSignal): Promise<void>;
  /** Tells how long a call took that was answered. */
  noteAnswer(durationMs: number): void;
  /** Tells that the upstream limited a call: nobody starts one for a while, and then they start further apart. */
  noteLimit(error: GatewayError): void;
  /** Sends away those who are waiting for a turn. */
  dismiss(error: GatewayError): void;
  /**
   * Resolves when an invocation may end without the next one, perhaps in another sandbox, coming too early. Resolves at
   * the deadline, or when the signal aborts, in any case.
   */
  settle(deadlineMs: number, signal: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  /** Least time between the starts of two calls; 0 for no limit. */
  readonly intervalMs: number;
  /** How many processes share the upstream's quota. */
  readonly sandboxes: number;
  readonly clock: Clock;
}

/** Creates the pace of one process, which all of its calls share. */
export function createPace({ intervalMs, sandboxes, clock }: PaceOptions): Pace {
  let state = beginPace(intervalMs, sandboxes);
  const advance = (event: PaceEvent): void => {
    state = advancePace(state, event, clock.now());
  };

  return {
    takeTurn: async (deadlineMs, signal) => {
      const { dismissals } = state;
      for (let isTurn = false; !isTurn;) {
        const { expectedMs, restsUntilMs, lastLimit, limits } = state;
        const turnMs = findTurn(state, clock.now());
        if (turnMs + expectedMs > deadlineMs) throw createTimeError(clock.now() < restsUntilMs ? lastLimit : undefined);
        advance({ kind: 'turn_taken' });
        if (turnMs > clock.now()) await clock.sleep(turnMs - clock.now(), signal);
        signal.throwIfAborted();
        if (dismissals !== state.dismissals) throw state.lastDismissal;
        isTurn = limits === state.limits;
      }
      advance({ kind: 'call_started' });
    },
    noteAnswer: (durationMs) => advance({ kind: 'answered', durationMs }),
    noteLimit: (error) => advance({ kind: 'limited', error, random: clock.random() }),
    dismiss: (error) => advance({ kind: 'dismissed', error }),
    settle: async (deadlineMs, signal) => {
      const waitMs = Math.min(findSettledTime(state), deadlineMs) - clock.now();
      if (waitMs <= 0) return;
      try {
        await clock.sleep(waitMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

function createTimeError(limit: GatewayError | undefined): GatewayError {
  return limit ?? new GatewayError('deadline_exceeded', 'Too little time was left to call the upstream');
}
