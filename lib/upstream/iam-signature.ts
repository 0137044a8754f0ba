// Authenticates to Qianfan with a bce-auth-v1 signature made from IAM keys.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { formatTimestamp, signRequest } from '../signing/sign.ts';
import type { IamKeys } from '../token/credentials.ts';
import { withCredentials } from './credentials.ts';
import { createHeldCredentials } from './held-credentials.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from '../http-client/transport.ts';

export interface IamSignatureOptions {
  /** Reads the keys anew. They are kept until Qianfan refuses them. */
  readonly readKeys: (signal: AbortSignal) => Promise<IamKeys>;
  readonly clock: Clock;
}

const signedHeaders = ['host', 'x-bce-date'];

/**
 * Signs every attempt anew, because a signature ages. When Qianfan refuses it (14), rotated keys replay the request
 * once.
 */
export function withIamSignature(send: Send, { readKeys, clock }: IamSignatureOptions): Send {
  return withCredentials(send, {
    source: createHeldCredentials(
      readKeys,
      (one, other) => one.accessKey === other.accessKey && one.secretKey === other.secretKey,
    ),
    authorize: (request, keys) => signIamRequest(request, keys, clock.now()),
    secretOf: (keys) => keys.accessKey,
    isRefused: (error) => error instanceof GatewayError && error.code === 'iam_certification_failed',
  });
}

/** Signs host and time of a request. */
export function signIamRequest<Request extends OutgoingRequest>(
  request: Request,
  { accessKey, secretKey }: IamKeys,
  timestampMs: number,
): Request {
  const { host, pathname, searchParams } = request.url;
  const date = formatTimestamp(timestampMs);
  const authorization = signRequest(
    {
      method: request.method,
      path: pathname,
      query: [...searchParams],
      headers: [
        ['host', host],
        ['x-bce-date', date],
      ],
    },
    { accessKeyId: accessKey, secretAccessKey: secretKey },
    { timestampMs, signedHeaders },
  );
  return { ...request, headers: { ...request.headers, 'x-bce-date': date, Authorization: authorization } };
}
