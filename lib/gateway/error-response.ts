// An error as the response of a route, in the route's dialect.
import { toGatewayError } from '../core/errors.ts';
import type { FrontCodec } from '../dialects/codec.ts';
import { jsonHeaders, retryAfterHeader } from '../core/json-response.ts';
import type { Route } from './router.ts';

/** Creates the error encoder of a route from that of a codec. */
export function encodeErrorWith({ encodeError }: Pick<FrontCodec, 'encodeError'>): Route['encodeError'] {
  return (thrown, { requestId }) => {
    const { status, body, retryAfterSeconds } = encodeError(toGatewayError(thrown), requestId);
    return { status, headers: { ...jsonHeaders, ...retryAfterHeader({ retryAfterSeconds }) }, body };
  };
}
