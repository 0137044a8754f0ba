// What proves the gateway to an upstream: read, put into a request, and replaced when the upstream refuses it.
import type { ErrorTraits } from '../../core/errors.ts';
import type { OutgoingRequest } from '../../http-client/transport.ts';

/** Credentials of one kind. */
export interface Credentials {
  /** What the error table calls them, in the column that says what an upstream refuses. */
  readonly kind: ErrorTraits['refuses'];
  /** @throws GatewayError `service_token_failed` when there are none, or the signal's reason. */
  get(signal: AbortSignal): Promise<HeldCredential>;
}

/** One key or token, as it is used for one attempt. */
export interface HeldCredential {
  /** The request with the credential in it. */
  authorize(request: OutgoingRequest): OutgoingRequest;
  /** What errors must not repeat. */
  readonly secrets: readonly string[];
  /** Another one than this, which the upstream has refused; undefined when there is none. */
  replace(signal: AbortSignal): Promise<HeldCredential | undefined>;
}

/** Those of an upstream that wants none. */
export const noCredentials: Credentials = {
  kind: 'nothing',
  get: async () => ({ authorize: (request) => request, secrets: [], replace: async () => undefined }),
};
