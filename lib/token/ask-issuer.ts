// Sends a request to a service of Baidu that issues tokens, and tells a failure of the service from a refusal.
import { GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import type { OutgoingRequest, Transport } from '../http-client/transport.ts';
import { readWithin } from '../http-client/whole-body.ts';

export interface Issuer {
  /** Its name in error messages, e.g. `Baidu's IAM`. */
  readonly name: string;
  readonly transport: Transport;
  /** How long it may take to answer. Default: 20,000, so that the function has time left to read the keys and store the token. */
  readonly timeoutMs?: number | undefined;
}

export interface IssuerAnswer {
  readonly status: number;
  /** Undefined when it is not JSON, or too long. */
  readonly body: unknown;
}

const maxBodyBytes = 65_536;

/**
 * Sends a request and reads the whole answer.
 *
 * @throws the signal's reason when it aborts; GatewayError `upstream_timeout` when the answer takes too long,
 * `upstream_unreachable` when the connection breaks before the answer is complete; whatever else the transport throws.
 */
export async function askIssuer(issuer: Issuer, request: OutgoingRequest, signal: AbortSignal): Promise<IssuerAnswer> {
  const { name, transport, timeoutMs = 20_000 } = issuer;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await transport(request, bounded);
    return { status: response.status, body: await readJson(response.body) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (bounded.aborted) {
      const message = `${name} did not answer within ${timeoutMs / 1_000} s`;
      throw new GatewayError('upstream_timeout', message, { cause: error });
    }
    if (error instanceof GatewayError) throw error;
    const message = `${name} closed the connection before it had answered`;
    throw new GatewayError('upstream_unreachable', message, { cause: error });
  }
}

/**
 * Returns the error for an answer without a token: `service_token_failed` for a refusal, which may be due to the
 * operator's keys; `upstream_http_error` or `upstream_invalid_response` when the keys cannot be the cause.
 *
 * @param reason The service's own explanation; undefined if it gives none that can be read.
 */
export function createIssuerError({ name }: Issuer, status: number, reason: string | undefined): GatewayError {
  if (status < 500 && reason !== undefined) {
    return new GatewayError('service_token_failed', `${name} refused to issue a token (${reason})`);
  }
  const said = reason === undefined ? '' : ` (${reason})`;
  const message = `${name} answered HTTP ${status} without a valid token${said}`;
  return new GatewayError(status >= 500 ? 'upstream_http_error' : 'upstream_invalid_response', message);
}

async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const bytes = await readWithin(body, maxBodyBytes);
  return bytes === undefined ? undefined : parseJson(new TextDecoder().decode(bytes));
}
