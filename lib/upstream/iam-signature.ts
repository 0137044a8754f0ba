// Authenticates to Qianfan with a bce-auth-v1 signature made from IAM keys.
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { formatTimestamp, signRequest } from '../signing/sign.ts';
import type { IamKeys } from '../token/credentials.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from './transport.ts';

export interface IamSignatureOptions {
  /** Reads the keys anew. They are kept until Qianfan refuses them. */
  readonly readKeys: (signal: AbortSignal) => Promise<IamKeys>;
  readonly clock: Clock;
}

const signedHeaders = ['host', 'x-bce-date'];

/**
 * Signs every attempt anew, because a signature ages. When Qianfan refuses it (14), the keys are read again, and if
 * they have been rotated the request is replayed once.
 *
 * @throws GatewayError `upstream_auth_failed` when the keys are refused: code 14 would tell the caller that its own
 * keys are wrong.
 */
export function withIamSignature(send: Send, { readKeys, clock }: IamSignatureOptions): Send {
  let reading: Promise<IamKeys> | undefined;
  const read = async (signal: AbortSignal): Promise<IamKeys> => {
    const current = (reading ??= readKeys(signal));
    try {
      return await current;
    } catch (error) {
      if (reading === current) reading = undefined;
      throw error;
    }
  };

  return async (request, call) => {
    const keys = await read(call.signal);
    try {
      return await send(sign(request, keys, clock.now()), call);
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
    reading = undefined;
    const rotated = await read(call.signal);
    const isSame = rotated.accessKey === keys.accessKey && rotated.secretKey === keys.secretKey;
    try {
      if (!isSame) return await send(sign(request, rotated, clock.now()), call);
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
    throw new GatewayError('upstream_auth_failed', "Qianfan refuses the gateway's IAM keys");
  };
}

function sign(request: OutgoingRequest, { accessKey, secretKey }: IamKeys, timestampMs: number): OutgoingRequest {
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

function isRefused(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'iam_certification_failed';
}
