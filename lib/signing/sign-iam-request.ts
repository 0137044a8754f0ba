// Signs a request to Baidu with IAM keys.
import { formatTimestamp, signRequest } from './sign.ts';

/** What of a request is signed, and what the signature becomes a part of. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IamKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

const signedHeaders = ['host', 'x-bce-date'];

/** Returns the request with a bce-auth-v1 signature of its host and time. */
export function signIamRequest<Request extends SignableRequest>(
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
