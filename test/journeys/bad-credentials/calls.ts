// Requests with credentials of any kind, byte by byte: what is signed and what is sent need not be the same.
import { canonicalRequest } from '../../../lib/signing/canonical-request.ts';
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { writeRequest } from '../../servers/write-request.ts';

/** A client that may call everything, another one, and one that may call a single model. */
export const shop = { id: 'shop', secret: 'shop-secret' };
export const lab = { id: 'lab', secret: 'lab-secret' };
export const kiosk = { id: 'kiosk', secret: 'kiosk-secret', models: ['StarCoder'] };

export const completions = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';
export const modelPath = `${completions}/starcoder`;
export const listPath = '/wenxinworkshop/service/list';
/** What a refused row of a model call is made of. */
export type V1Row = readonly [what: string, write: WriteRequest, errorCode: number, message: RegExp];

export const promptBody = '{"prompt":"p"}';

/** Writes one request to the gateway at `host`. */
export type WriteRequest = (host: string) => string;

export type Headers = Readonly<Record<string, string>>;

/** A request with the host and the length of its body, and nothing else but what is given. */
export function post(target: string, headers: Headers = {}, body = promptBody): WriteRequest {
  return (host) => {
    const sent = { Host: host, 'Content-Length': String(Buffer.byteLength(body)), ...headers };
    return writeRequest('POST', target, Object.entries(sent), body);
  };
}

interface Parts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  /** Besides Host, Content-Type and x-bce-date; an empty value is not sent. */
  readonly headers?: Headers;
}

export interface SignedCall {
  /** Whose keys sign. Default: those of `shop`. */
  readonly keys?: { readonly id: string; readonly secret: string };
  readonly signed?: Parts;
  /** What is sent in place of what is signed. */
  readonly sent?: Parts;
  /** Seconds from now to the timestamp. Default: 0. */
  readonly afterSeconds?: number;
  readonly expirationInSeconds?: number;
  /** Default: the names of all headers. */
  readonly signedHeaders?: readonly string[];
  /** Changes the Authorization string, which signs the canonical request given. */
  readonly authorization?: (signed: string, canonical: string) => string;
  /** Header lines to add as they are. */
  readonly extra?: (authorization: string) => readonly (readonly [name: string, value: string])[];
}

/** A signed POST of a prompt to StarCoder, valid but for what is given. */
export function sign(call: SignedCall = {}): WriteRequest {
  const { keys = shop, signed = {}, sent = {}, afterSeconds = 0, expirationInSeconds = 1800 } = call;
  return (host) => {
    const timestampMs = Date.now() + afterSeconds * 1_000;
    const ownHeaders = { Host: host, 'Content-Type': 'application/json', 'x-bce-date': formatTimestamp(timestampMs) };
    const signedParts = { method: 'POST', path: modelPath, query: [], ...signed };
    const signedHeaders = Object.entries({ ...ownHeaders, ...signed.headers });
    const names = call.signedHeaders ?? signedHeaders.map(([name]) => name.toLowerCase());
    const request = { ...signedParts, headers: signedHeaders };
    const text = signRequest(
      request,
      { accessKeyId: keys.id, secretAccessKey: keys.secret },
      { timestampMs, expirationInSeconds, signedHeaders: names },
    );
    const { method, path, query } = { ...signedParts, ...sent };
    const search = query.length === 0 ? '' : `?${new URLSearchParams(query.map(([...pair]) => pair)).toString()}`;
    const authorization = call.authorization?.(text, canonicalRequest(request, names)) ?? text;
    const sentHeaders = Object.entries({
      ...Object.fromEntries(signedHeaders),
      Authorization: authorization,
      'Content-Length': String(promptBody.length),
      ...sent.headers,
    });
    const lines = sentHeaders.filter(([, value]) => value !== '');
    return writeRequest(method, `${path}${search}`, [...lines, ...(call.extra?.(authorization) ?? [])], promptBody);
  };
}

/** Changes one of the six fields of the Authorization string, counted from 0. */
export function withField(
  index: number,
  change: (field: string, canonical: string) => string,
): Pick<SignedCall, 'authorization'> {
  return {
    authorization: (signed, canonical) => {
      const fields = signed.split('/');
      return fields.with(index, change(fields[index] ?? '', canonical)).join('/');
    },
  };
}
