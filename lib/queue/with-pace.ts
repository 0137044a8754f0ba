// An upstream whose calls wait for their turn.
import type { Clock } from '../core/clock.ts';
import type { Completion, Upstream } from '../core/completion.ts';
import { errorTable, GatewayError } from '../core/errors.ts';
import type { Pace } from './pace.ts';

/**
 * Has every call for a whole answer wait for its turn, and tells the pace what came of it. Streams are passed on without
 * a turn, for a queue asks for none.
 */
export function withPace(upstream: Upstream, { pace, clock }: { pace: Pace; clock: Clock }): Upstream {
  return {
    complete: async (request, call): Promise<Completion> => {
      await pace.takeTurn(call.deadlineMs, call.signal);
      const startedAtMs = clock.now();
      try {
        const completion = await upstream.complete(request, call);
        pace.noteAnswer(clock.now() - startedAtMs);
        return completion;
      } catch (error) {
        if (error instanceof GatewayError && errorTable[error.code].disposition === 'rate_limited')
          pace.noteLimit(error);
        throw error;
      }
    },
    stream: (request, call) => upstream.stream(request, call),
  };
}
