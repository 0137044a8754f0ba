// What goes to the upstream with a completion request in every dialect, and what it leaves for the log and the caller.
import { observeInto } from '../core/call-record.ts';
import type { Caller } from '../core/caller.ts';
import type { UpstreamCall } from '../core/completion.ts';
import type { HttpRequest } from '../core/http.ts';
import type { RequestRecord } from './request-record.ts';
import type { RouteCall } from './router.ts';
import { readMaxRescues } from './stream-rescue.ts';

/**
 * What goes to the upstream with the request, and comes back for the log.
 *
 * @throws GatewayError `invalid_parameter` of the header `X-Stream-Rescue`.
 */
export function createUpstreamCall(
  request: HttpRequest,
  { signal, deadlineMs, record }: RouteCall,
  maxRescuesBySetting = 0,
): UpstreamCall {
  return {
    requestId: request.requestId,
    signal,
    deadlineMs,
    maxRescues: readMaxRescues(request, maxRescuesBySetting),
    observer: observeInto(record),
  };
}

/** A signed-in end user is named upstream as their token names them, whatever the request says. */
export function userOf({ userId }: Caller): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}

/** Tells the caller which upstreams did not answer, and whether they may charge for the request all the same. */
export function describeFallback({ upstream, fallbacks = [] }: RequestRecord): Readonly<Record<string, string>> {
  if (fallbacks.length === 0) return {};
  const steps = fallbacks.map(
    ({ from, error, mayHaveBeenCharged }) => `${from} ${error.code}${mayHaveBeenCharged ? ' maybe-charged' : ''}`,
  );
  return { 'X-Upstream': upstream ?? '', 'X-Upstream-Fallback': steps.join(', ') };
}
