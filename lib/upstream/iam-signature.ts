// Authenticates to Qianfan with a bce-auth-v1 signature made from IAM keys.
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { formatTimestamp, signRequest } from '../signing/sign.ts';
import type { IamKeys } from '../token/credentials.ts';
import { createHeldCredentialsSend } from './held-credentials.ts';
import { sendRedacted } from './send-redacted.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from './transport.ts';

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
  return createHeldCredentialsSend<IamKeys>({
    read: readKeys,
    isSame: (one, other) => one.accessKey === other.accessKey && one.secretKey === other.secretKey,
    isRefused: (error) => error instanceof GatewayError && error.code === 'iam_certification_failed',
    sendWith: (keys, request, call) => {
      const signed = signIamRequest(request, keys, clock.now());
      return sendRedacted(send, signed, call, keys.accessKey);
    },
  });
}

/** Signs host and time of a request. */
export function signIamRequest(
  request: OutgoingRequest,
  { accessKey, secretKey }: IamKeys,
  timestampMs: number,
): OutgoingRequest {
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
