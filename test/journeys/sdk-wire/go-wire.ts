// The Go SDK v0.0.15 on the wire, over net/http.
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { writeRequest } from '../../servers/write-request.ts';
import type { HeaderList } from '../../servers/write-request.ts';
import { goReader } from './go-reader.ts';
import { completionsPath, listPath, splitBaseUrl } from './sdk-wire.ts';
import type { Ask, Keys, SdkWire } from './sdk-wire.ts';

const requestSource = 'qianfan_go_sdk_v0.0.15';

/** As json.Marshal writes a map: sorted names, and letters that HTML knows escaped. */
function marshal(value: unknown): string {
  const sorted = JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
  return sorted.replaceAll(/[<>&\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

/** net/http sends host, agent and length first, then the headers by name, then what the transport adds. */
function write(baseUrl: string, target: string, headers: HeaderList, body: string): string {
  const { host, prefix } = splitBaseUrl(baseUrl);
  const sent = [
    ['Host', host] as const,
    ['User-Agent', 'Go-http-client/1.1'] as const,
    ['Content-Length', String(Buffer.byteLength(body))] as const,
    ...headers.toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ['Accept-Encoding', 'gzip'] as const,
  ];
  return writeRequest('POST', `${prefix}${target}`, sent, body);
}

const contentType = ['Content-Type', 'application/json'] as const;

/** The host is signed without the port that the Host header has. */
function writeSigned(baseUrl: string, path: string, keys: Keys, body: string, extra: HeaderList = []): string {
  const { hostname, prefix } = splitBaseUrl(baseUrl);
  const timestampMs = Date.now();
  const headers: HeaderList = [contentType, ...extra, ['X-Bce-Date', formatTimestamp(timestampMs)]];
  const signed = [...headers, ['Host', hostname] as const];
  const authorization = signRequest(
    { method: 'POST', path: `${prefix}${path}`, query: [], headers: signed },
    { accessKeyId: keys.id, secretAccessKey: keys.secret },
    { timestampMs, expirationInSeconds: 300, signedHeaders: signed.map(([name]) => name.toLowerCase()).toSorted() },
  );
  return write(baseUrl, path, [...headers, ['Authorization', authorization]], body);
}

/** Zero values are left out, so `stream` is there only when true. */
function writeBody({ prompt, stream, parameters = {} }: Ask): string {
  const extraParameters = { request_source: requestSource };
  return marshal({ prompt, ...parameters, ...(stream ? { stream } : {}), extra_parameters: extraParameters });
}

export const go: SdkWire = {
  name: 'Go',
  ...goReader,
  writeTokenRequest: (baseUrl, { id, secret }) => {
    const query = new URLSearchParams({ client_id: id, client_secret: secret, grant_type: 'client_credentials' });
    return write(baseUrl, `/oauth/2.0/token?${query.toString()}`, [contentType], 'null');
  },
  writeListRequest: (baseUrl, keys) => writeSigned(baseUrl, listPath, keys, '{}', [['Request-Source', requestSource]]),
  writeCompletionRequest: (baseUrl, proof, ask) => {
    const path = `${completionsPath}/${ask.endpoint}`;
    if ('keys' in proof) return writeSigned(baseUrl, path, proof.keys, writeBody(ask));
    const query = new URLSearchParams({ access_token: proof.accessToken });
    return write(baseUrl, `${path}?${query.toString()}`, [contentType], writeBody(ask));
  },
};
