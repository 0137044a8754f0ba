// Plays an upstream with a quota: it refuses calls beyond a number within any second.
import type { Completion } from '../../lib/core/completion.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** From `fromSeconds` after the beginning on, so many calls are admitted in any second. */
export interface QuotaPhase {
  readonly fromSeconds: number;
  readonly callsPerSecond: number;
}

export interface LimitedUpstreamOptions {
  readonly clock: VirtualClock;
  /** In order of time; the first phase begins at 0. */
  readonly quota: readonly QuotaPhase[];
  /** The shortest and the longest time an answer takes. */
  readonly answerSeconds: readonly [number, number];
  /** The probability that a message is refused twice, whatever the quota. */
  readonly limitedTwiceShare: number;
}

export interface LimitedUpstream {
  /** Answers a call, or refuses it with `qps_limit_reached`. */
  answer(messageId: string): Promise<Completion>;
  /** How often each message was asked, by its id. */
  readonly counts: ReadonlyMap<string, CallCount>;
  /** The most calls in any second, refused ones included. */
  readonly mostPerSecond: () => number;
  /** How many calls were refused in each minute since the beginning, up to the last minute that had any. */
  readonly refusedPerMinute: () => readonly number[];
}

export interface CallCount {
  readonly calls: number;
  readonly refused: number;
}

/** Creates an upstream. It is as strict as real ones can be: a call that is refused uses up the quota, too. */
export function createLimitedUpstream(options: LimitedUpstreamOptions): LimitedUpstream {
  const { clock, quota, answerSeconds, limitedTwiceShare } = options;
  const [shortest, longest] = answerSeconds;
  const never = new AbortController().signal;
  const beganAtMs = clock.now();
  const counts = new Map<string, CallCount>();
  const limitedTwice = new Map<string, boolean>();
  const refusedPerMinute: number[] = [];
  let callsMs: readonly number[] = [];
  let mostPerSecond = 0;

  const elapsedSeconds = (): number => (clock.now() - beganAtMs) / 1_000;
  const isWithinQuota = (): boolean => {
    const now = clock.now();
    callsMs = [...callsMs.filter((ms) => ms > now - 1_000), now];
    mostPerSecond = Math.max(mostPerSecond, callsMs.length);
    const phase = quota.findLast(({ fromSeconds }) => fromSeconds <= elapsedSeconds());
    return callsMs.length <= (phase?.callsPerSecond ?? 0);
  };
  const isToBeRefused = (messageId: string, refused: number): boolean => {
    const isLimited = limitedTwice.get(messageId) ?? clock.random() < limitedTwiceShare;
    limitedTwice.set(messageId, isLimited);
    return isLimited && refused < 2;
  };

  return {
    counts,
    mostPerSecond: () => mostPerSecond,
    refusedPerMinute: () => Array.from(refusedPerMinute, (refused) => refused ?? 0),
    answer: async (messageId) => {
      const { calls, refused } = counts.get(messageId) ?? { calls: 0, refused: 0 };
      const isRefused = !isWithinQuota() || isToBeRefused(messageId, refused);
      counts.set(messageId, { calls: calls + 1, refused: refused + (isRefused ? 1 : 0) });
      if (isRefused) {
        const minute = Math.floor(elapsedSeconds() / 60);
        refusedPerMinute[minute] = (refusedPerMinute[minute] ?? 0) + 1;
        throw new GatewayError('qps_limit_reached', 'Open api qps request limit reached');
      }
      await clock.sleep((shortest + clock.random() * (longest - shortest)) * 1_000, never);
      return {
        id: `as-${messageId}`,
        createdSeconds: Math.floor(clock.now() / 1_000),
        text: 'An answer.',
        isSafe: true,
        usage: { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
      };
    },
  };
}
