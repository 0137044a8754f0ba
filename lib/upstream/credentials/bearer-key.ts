// The permanent key of an OpenAI-compatible upstream.
import type { OutgoingRequest } from '../../http-client/transport.ts';
import type { Credentials } from './credentials.ts';
import { holdCredential } from './held-credentials.ts';

/** Reads the key again; undefined for an upstream that wants none. */
export type ReadApiKey = (signal: AbortSignal) => Promise<string | undefined>;

/** Authenticates with a Bearer key, which is kept until the upstream refuses it. */
export function createBearerKeyCredentials(readKey: ReadApiKey): Credentials {
  return holdCredential('key', {
    read: readKey,
    isSame: (one, other) => one === other,
    authorize: (request, key) => (key === undefined ? request : withBearer(request, key)),
    secretsOf: (key) => (key === undefined ? [] : [key]),
  });
}

/** A request with a Bearer key or token. */
export function withBearer(request: OutgoingRequest, key: string): OutgoingRequest {
  return { ...request, headers: { ...request.headers, Authorization: `Bearer ${key}` } };
}
