// Asks several upstreams in order: when one cannot serve, the next one is asked.
import type { Upstream, UpstreamCall } from '../core/completion.ts';
import { errorTable, GatewayError } from '../core/errors.ts';
import type { ServedModel } from '../core/models.ts';

export interface NamedUpstream {
  readonly name: string;
  readonly upstream: Upstream;
}

/**
 * Asks the upstreams one after the other, each with its own retries, until one answers. A stream moves on before its
 * first event only, because Upstream.stream rejects only until then. After a timeout of the answer no other upstream is asked: the time
 * is used up, and the request may have been answered and charged.
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

/** Whether another upstream may be able to serve. Anything but a GatewayError is a bug of ours, which a fallback would hide. */
function mayFallBack(error: unknown, { isKnown }: ServedModel): error is GatewayError {
  if (!(error instanceof GatewayError)) return false;
  const { fallsBack } = errorTable[error.code];
  return fallsBack === 'yes' || (fallsBack === 'for_known_models' && isKnown);
}
