// Calls a gateway for the smoke test. Its errors contain no keys.
import { isJsonObject, parseJson } from '../../lib/core/json.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A check that failed; the message says why. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
}

export interface Answer {
  readonly status: number;
  /** Empty when the body is no JSON object. */
  readonly body: Json;
}

export interface StreamedAnswer {
  readonly status: number;
  readonly contentType: string;
  /** As they arrived. */
  readonly pieces: readonly string[];
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON with POST; without it the call is a GET. */
  readonly body?: Json;
}

export interface GatewayClient {
  call(path: string, options?: CallOptions): Promise<Answer>;
  stream(path: string, options?: CallOptions): Promise<StreamedAnswer>;
}

/** The time limit of a call: long enough for a slow model. */
const timeoutMs = 90_000;

/** Creates the client. Its calls throw a CheckError when no answer comes, or one that is not HTTP. */
export function createGatewayClient(url: string, apiKey: string | undefined): GatewayClient {
  const send = async (path: string, { headers = {}, body }: CallOptions = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(apiKey !== undefined && { 'x-api-key': apiKey }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    call: (path, options) =>
      explain(async () => {
        const response = await send(path, options);
        const body = parseJson(await response.text());
        return { status: response.status, body: isJsonObject(body) ? body : {} };
      }),
    stream: (path, options) =>
      explain(async () => {
        const response = await send(path, options);
        const decoder = new TextDecoder();
        const pieces: string[] = [];
        for await (const piece of response.body ?? []) pieces.push(decoder.decode(piece, { stream: true }));
        return { status: response.status, contentType: response.headers.get('content-type') ?? '', pieces };
      }),
  };
}

/** Makes a CheckError of fetch's error. The error itself only says "fetch failed", but its cause has a code. */
async function explain<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'TimeoutError') throw new CheckError(`no answer in ${timeoutMs / 1_000} s`, { cause: error });
    const { cause } = error;
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw new CheckError(`the connection failed${typeof code === 'string' ? ` (${code})` : ''}`, { cause: error });
  }
}
