// The Python SDK `qianfan` 0.4.12.3 on the wire, over requests.
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { writeRequest } from '../../servers/write-request.ts';
import type { HeaderList } from '../../servers/write-request.ts';
import { completionsPath, listPath, splitBaseUrl } from './sdk-wire.ts';
import type { Ask, Keys, Proof, SdkWire } from './sdk-wire.ts';
import { pythonReader } from './python-reader.ts';

export const pythonRequestId = 'sdk-py-0.4.12.3-abcdefgh12345678';
const requestSource = 'qianfan_py_sdk_v0.4.12.3';

/** The session's own headers come first. */
const sessionHeaders: HeaderList = [
  ['User-Agent', 'python-requests/2.32.3'],
  ['Accept-Encoding', 'gzip, deflate'],
  ['Accept', '*/*'],
  ['Connection', 'keep-alive'],
];

/** As json.dumps writes it: spaces after separators, ASCII only. */
function dumpJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumpJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([name, item]) => `${dumpJson(name)}: ${dumpJson(item)}`);
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

interface PythonCall {
  readonly baseUrl: string;
  readonly path: string;
  readonly keys: Keys;
  readonly body: string;
  readonly extra: readonly [name: string, value: string];
}

/** Every header the SDK sets is signed; their names come in the order of a hash table. */
function writeSigned({ baseUrl, path, keys, body, extra }: PythonCall, signedHeaders: readonly string[]): string {
  const { host, prefix } = splitBaseUrl(baseUrl);
  const timestampMs = Date.now();
  const headers: HeaderList = [
    ['Content-Type', 'application/json'],
    ['Host', host],
    extra,
    ['x-bce-date', formatTimestamp(timestampMs)],
  ];
  const authorization = signRequest(
    { method: 'POST', path: `${prefix}${path}`, query: [], headers },
    { accessKeyId: keys.id, secretAccessKey: keys.secret },
    { timestampMs, expirationInSeconds: 300, signedHeaders },
  );
  const sent = [
    ...sessionHeaders,
    ...headers,
    ['Authorization', authorization] as const,
    ['Content-Length', String(body.length)] as const,
  ];
  return writeRequest('POST', `${prefix}${path}`, sent, body);
}

function writeWithToken(baseUrl: string, target: string, headers: HeaderList, body: string): string {
  const { host, prefix } = splitBaseUrl(baseUrl);
  const sent = [
    ['Host', host] as const,
    ...sessionHeaders,
    ...headers,
    ['Content-Length', String(body.length)] as const,
    ['Content-Type', 'application/json'] as const,
  ];
  return writeRequest('POST', `${prefix}${target}`, sent, body);
}

function writeBody({ prompt, stream, parameters = {} }: Ask): string {
  return dumpJson({ prompt, ...parameters, stream, extra_parameters: { request_source: requestSource } });
}

/** A signed model call with the names of the signed headers in the order given. */
export function writeSignedCompletion(
  baseUrl: string,
  keys: Keys,
  ask: Ask,
  signedHeaders: readonly string[] = ['x-bce-date', 'request_id', 'content-type', 'host'],
): string {
  const path = `${completionsPath}/${ask.endpoint}`;
  const call = { baseUrl, path, keys, body: writeBody(ask), extra: ['Request_id', pythonRequestId] as const };
  return writeSigned(call, signedHeaders);
}

export const python: SdkWire = {
  name: 'Python',
  ...pythonReader,
  writeTokenRequest: (baseUrl, { id, secret }) => {
    const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
    return writeWithToken(baseUrl, `/oauth/2.0/token?${query.toString()}`, [], '{}');
  },
  writeListRequest: (baseUrl, keys) =>
    writeSigned({ baseUrl, path: listPath, keys, body: '{}', extra: ['request-source', requestSource] }, [
      'request-source',
      'x-bce-date',
      'host',
      'content-type',
    ]),
  writeCompletionRequest: (baseUrl: string, proof: Proof, ask: Ask) => {
    if ('keys' in proof) return writeSignedCompletion(baseUrl, proof.keys, ask);
    const query = new URLSearchParams({ access_token: proof.accessToken });
    const target = `${completionsPath}/${ask.endpoint}?${query.toString()}`;
    return writeWithToken(baseUrl, target, [['Request_id', pythonRequestId]], writeBody(ask));
  },
};
