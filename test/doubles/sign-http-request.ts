// An HttpRequest signed with bce-auth-v1, as the gateway receives it.
import type { HttpRequest } from '../../lib/core/http.ts';
import { signRequest } from '../../lib/signing/sign.ts';
import { createHttpRequest } from './create-http-request.ts';
import type { HttpRequestParts } from './create-http-request.ts';

export interface SigningParts extends HttpRequestParts {
  readonly keys: { readonly id: string; readonly secret: string };
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  /** Besides `host`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `host` and the headers given. */
  readonly signedHeaders?: readonly string[];
  /** Default: 1800. */
  readonly expirationInSeconds?: number;
}

/** A POST to the host `gateway.example`, signed by the keys. */
export function signHttpRequest(parts: SigningParts): HttpRequest {
  const { keys, timestampMs, expirationInSeconds = 1800 } = parts;
  const request = createHttpRequest({ method: 'POST', ...parts });
  const headers = { host: 'gateway.example', ...parts.headers };
  const authorization = signRequest(
    { ...request, headers: Object.entries(headers) },
    { accessKeyId: keys.id, secretAccessKey: keys.secret },
    { timestampMs, expirationInSeconds, signedHeaders: parts.signedHeaders ?? Object.keys(headers) },
  );
  return { ...request, headers: { ...headers, authorization } };
}
