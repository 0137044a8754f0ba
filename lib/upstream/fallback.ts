// Several upstreams in an order: the next one is asked when one cannot serve.
import type { Upstream, UpstreamCall } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { ServedModel } from '../core/models.ts';

export interface NamedUpstream {
  readonly name: string;
  readonly upstream: Upstream;
}

/** Unreachable, gone, or overloaded: another upstream may well serve. */
const movesOn: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_method',
  'api_name_not_found',
  'service_unavailable',
  // The token endpoint may be gone, or down, together with the interface.
  'service_token_failed',
  'app_not_available',
  'cluster_limit_reached',
  'qps_limit_reached',
  'rpm_limit_reached',
  'tpm_limit_reached',
  'high_load',
  'upstream_circuit_open',
  'upstream_connect_timeout',
  'upstream_connect_failed',
  'upstream_unreachable',
  'upstream_http_error',
]);

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
      call.observer?.onUpstream?.(name);
      try {
        return await askOne(upstream);
      } catch (error) {
        const isLast = index === upstreams.length - 1 || call.mayFallBack === false;
        if (isLast || call.signal.aborted || !(error instanceof GatewayError)) throw error;
        if (!movesOn.has(error.code) || isUnknownEndpoint(error, model)) throw error;
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

/** That nobody serves an endpoint which is neither a preset nor configured is the caller's mistake, not an outage. */
function isUnknownEndpoint({ code }: GatewayError, { isKnown }: ServedModel): boolean {
  return !isKnown && (code === 'unsupported_method' || code === 'api_name_not_found');
}
