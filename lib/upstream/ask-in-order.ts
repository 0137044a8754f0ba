// Several upstreams in an order: the next one is asked when one cannot serve.
import type { Upstream, UpstreamCall } from '../core/completion.ts';
import { errorTable, GatewayError } from '../core/errors.ts';
import type { ServedModel } from '../core/models.ts';

export interface NamedUpstream {
  readonly name: string;
  readonly upstream: Upstream;
}

/**
 * Asks the upstreams one after the other, each with its own retries, until one answers. A stream moves on before its
 * first event only, because Upstream.stream rejects only until then. A timeout of the answer does not move on: the time is
 * used up, and the request may be answered and charged.
 */
export function askInOrder(upstreams: readonly NamedUpstream[]): Upstream {
  const ask = async <T>(
    model: ServedModel,
    call: UpstreamCall,
    askOne: (upstream: Upstream) => Promise<T>,
  ): Promise<T> => {
    for (const [index, { name, upstream }] of upstreams.entries()) {
      call.observer?.onUpstream?.(name);
      try {
        return await askOne(upstream);
      } catch (error) {
        const isLast = index === upstreams.length - 1 || call.mayFallBack === false;
        if (isLast || call.signal.aborted || !mayFallBack(error, model)) throw error;
        call.observer?.onFallback?.({ from: name, error, mayHaveBeenCharged: error.mayBeCharged });
      }
    }
    throw new GatewayError('internal_error', 'No upstream is configured');
  };
  return {
    complete: (request, call) => ask(request.model, call, (upstream) => upstream.complete(request, call)),
    stream: (request, call) => ask(request.model, call, (upstream) => upstream.stream(request, call)),
  };
}

/** Whether another upstream may well serve. Anything but a GatewayError is a fault of our own, which asking would hide. */
function mayFallBack(error: unknown, { isKnown }: ServedModel): error is GatewayError {
  if (!(error instanceof GatewayError)) return false;
  const { fallsBack } = errorTable[error.code];
  return fallsBack === 'yes' || (fallsBack === 'for_known_models' && isKnown);
}
