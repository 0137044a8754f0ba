// Sends with credentials, and once more with others when the upstream refuses them.
import type { UpstreamCall } from '../core/completion.ts';
import type { Answer } from './answer.ts';
import { sendRedacted } from './send-redacted.ts';
import type { EndpointRequest, Send } from './send.ts';

/** Where credentials come from. */
export interface CredentialSource<Credentials> {
  get(signal: AbortSignal): Promise<Credentials>;
  /** Others than the refused ones; undefined when there are none. */
  replace(refused: Credentials, signal: AbortSignal): Promise<Credentials | undefined>;
}

export interface CredentialsOptions<Credentials> {
  readonly source: CredentialSource<Credentials>;
  /** Puts them into a request. */
  readonly authorize: (request: EndpointRequest, credentials: Credentials) => EndpointRequest;
  /** What of them the upstream's errors must not repeat. */
  readonly secretOf: (credentials: Credentials) => string;
  /** Whether an error means that the upstream refuses them. */
  readonly isRefused: (error: unknown) => boolean;
}

/** Adds the credentials. When the upstream refuses them, the request is replayed once if there are others. */
export function withCredentials<Credentials>(send: Send, options: CredentialsOptions<Credentials>): Send {
  const { source, authorize, secretOf, isRefused } = options;
  const sendWith = (credentials: Credentials, request: EndpointRequest, call: UpstreamCall): Promise<Answer> =>
    sendRedacted(send, authorize(request, credentials), call, secretOf(credentials));
  return async (request, call) => {
    const credentials = await source.get(call.signal);
    try {
      return await sendWith(credentials, request, call);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const others = await source.replace(credentials, call.signal);
      if (others === undefined) throw error;
      return sendWith(others, request, call);
    }
  };
}
