// The gateway's credentials at an upstream: read, put into a request, and replaced when the upstream refuses them.
import type { ErrorTraits } from '../../core/errors.ts';
import type { OutgoingRequest } from '../../http-client/transport.ts';

/** Credentials of one kind. */
export interface Credentials {
  /** Their name in the error table's column `refuses`. */
  readonly kind: ErrorTraits['refuses'];
  /** @throws GatewayError `service_token_failed` when there are none, or the signal's reason. */
  get(signal: AbortSignal): Promise<HeldCredential>;
}

/** One key or token, as it is used for one attempt. */
export interface HeldCredential {
  /** The request with the credential in it. */
  authorize(request: OutgoingRequest): OutgoingRequest;
  /** Texts that must not appear in errors. */
  readonly secrets: readonly string[];
  /** Returns another credential after the upstream has refused this one; undefined if there is none. */
  replace(signal: AbortSignal): Promise<HeldCredential | undefined>;
}

/** For an upstream that wants no credentials. */
export const noCredentials: Credentials = {
  kind: 'nothing',
  get: async () => ({ authorize: (request) => request, secrets: [], replace: async () => undefined }),
};
