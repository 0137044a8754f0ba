// Guards stand between a valid request and its answer: idempotency, limits.
import type { Caller } from '../core/caller.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import type { RouteCall } from '../gateway/router.ts';

export interface GuardedCall extends RouteCall {
  readonly client: Caller;
}

/**
 * Answers a request of an authenticated client, by `answer` or in its place. It is called once the request has been
 * validated, so `call.record` knows the model and whether a stream is wanted. Usage and errors of a stream are in the
 * record when the body has ended. A guard that puts a body of its own around a stream's passes each piece on as it
 * comes, and asks for the next one only then.
 *
 * @throws GatewayError instead of answering; the route answers with it in its dialect.
 */
export type Guard = (
  request: HttpRequest,
  call: GuardedCall,
  answer: () => Promise<HttpResponse>,
) => Promise<HttpResponse>;

/** One guard of several; the first is the outermost. */
export function composeGuards(guards: readonly Guard[]): Guard {
  return guards.reduceRight<Guard>(
    (inner, outer) => (request, call, answer) => outer(request, call, () => inner(request, call, answer)),
    (_request, _call, answer) => answer(),
  );
}
