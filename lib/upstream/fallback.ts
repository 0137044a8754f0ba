// Several upstreams in an order: the next one is asked when one cannot serve.
import type { Upstream, UpstreamCall } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { ServedModel } from '../models.ts';

export interface NamedUpstream {
  readonly name: string;
  readonly upstream: Upstream;
}

/** Unreachable, gone, or overloaded: another upstream may well serve. `maybe` where the request may have been charged. */
const movesOn: Partial<Record<ErrorCode, 'not_charged' | 'maybe_charged'>> = {
  unsupported_method: 'not_charged',
  api_name_not_found: 'not_charged',
  service_unavailable: 'not_charged',
  // The token endpoint may be gone, or down, together with the interface.
  service_token_failed: 'not_charged',
  app_not_available: 'not_charged',
  cluster_limit_reached: 'not_charged',
  qps_limit_reached: 'not_charged',
  rpm_limit_reached: 'not_charged',
  tpm_limit_reached: 'not_charged',
  high_load: 'not_charged',
  upstream_circuit_open: 'not_charged',
  upstream_connect_timeout: 'not_charged',
  upstream_connect_failed: 'not_charged',
  upstream_unreachable: 'maybe_charged',
  upstream_http_error: 'maybe_charged',
};

/**
 * Asks the upstreams one after the other, each with its own retries, until one answers. A stream moves on before its
 * first event only, because Upstream.stream rejects only until then. A timeout of the answer does not move on: the time is
 * used up, and the request may be answered and charged.
 */
export function withFallback(upstreams: readonly NamedUpstream[]): Upstream {
  const ask = async <T>(
    model: ServedModel,
    call: UpstreamCall,
    askOne: (upstream: Upstream) => Promise<T>,
  ): Promise<T> => {
    for (const [index, { name, upstream }] of upstreams.entries()) {
      call.onUpstream?.(name);
      try {
        return await askOne(upstream);
      } catch (error) {
        const charge = error instanceof GatewayError ? movesOn[error.code] : undefined;
        const isLast = index === upstreams.length - 1 || call.mayFallBack === false;
        if (isLast || charge === undefined || call.signal.aborted || isUnknownEndpoint(error, model)) throw error;
        call.onFallback?.({ from: name, error: error as GatewayError, mayHaveBeenCharged: charge === 'maybe_charged' });
      }
    }
    throw new GatewayError('internal_error', 'No upstream is configured');
  };
  return {
    complete: (request, call) => ask(request.model, call, (upstream) => upstream.complete(request, call)),
    stream: (request, call) => ask(request.model, call, (upstream) => upstream.stream(request, call)),
  };
}

/** That nobody serves an endpoint which is neither a preset nor configured is the caller's mistake, not an outage. */
function isUnknownEndpoint(error: unknown, { isKnown }: ServedModel): boolean {
  return !isKnown && error instanceof GatewayError && ['unsupported_method', 'api_name_not_found'].includes(error.code);
}
