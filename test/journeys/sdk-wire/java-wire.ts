// The Java SDK 0.1.6 on the wire, over Apache HttpClient 5.
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { writeRequest } from '../../servers/write-request.ts';
import type { HeaderList } from '../../servers/write-request.ts';
import { javaReader } from './java-reader.ts';
import { completionsPath, listPath, splitBaseUrl } from './sdk-wire.ts';
import type { Ask, Keys, SdkWire } from './sdk-wire.ts';

/** When the SDK reads the clock for one request: three times. Epoch milliseconds. */
export interface ClockReadings {
  readonly authorizationMs: number;
  readonly canonicalDateMs: number;
  readonly headerDateMs: number;
}

/** As Gson writes it, which escapes the letters of HTML, "=" among them. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&='\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function write(method: string, baseUrl: string, target: string, headers: HeaderList, body?: string): string {
  const { host, prefix } = splitBaseUrl(baseUrl);
  const ofBody: HeaderList =
    body === undefined
      ? []
      : [
          ['Content-Length', String(Buffer.byteLength(body))],
          ['Content-Type', 'application/json; charset=UTF-8'],
        ];
  const sent: HeaderList = [
    ...headers,
    ['Accept-Encoding', 'gzip, x-gzip, deflate'],
    ...ofBody,
    ['Host', host],
    ['Connection', 'keep-alive'],
    ['User-Agent', 'Apache-HttpClient/5.2.1 (Java/17.0.15)'],
  ];
  return writeRequest(method, `${prefix}${target}`, sent, body);
}

/** Host, without its port, and date are signed; the date that is sent may be a second later than the signed one. */
function writeSigned(baseUrl: string, path: string, keys: Keys, body: string, clock: ClockReadings): string {
  const { hostname, prefix } = splitBaseUrl(baseUrl);
  const headers = [
    ['host', hostname],
    ['x-bce-date', formatTimestamp(clock.canonicalDateMs)],
  ] as const;
  const authorization = signRequest(
    { method: 'POST', path: `${prefix}${path}`, query: [], headers },
    { accessKeyId: keys.id, secretAccessKey: keys.secret },
    { timestampMs: clock.authorizationMs, signedHeaders: ['host', 'x-bce-date'] },
  );
  const sent: HeaderList = [
    ['Authorization', authorization],
    ['X-Bce-Date', formatTimestamp(clock.headerDateMs)],
  ];
  return write('POST', baseUrl, path, sent, body);
}

function readClock(): ClockReadings {
  const nowMs = Date.now();
  return { authorizationMs: nowMs, canonicalDateMs: nowMs, headerDateMs: nowMs };
}

/** Fields of the class first, then of its base class; `headers` is a field too. */
function writeBody({ prompt, stream, parameters = {}, model, endpoint }: Ask): string {
  return toJson({
    prompt,
    ...parameters,
    stream,
    ...(model === undefined ? { endpoint } : { model }),
    extra_parameters: { request_source: 'qianfan_java_sdk_v0.1.6' },
    headers: {},
  });
}

/** A signed model call made at the times given. */
export function writeSignedCompletion(baseUrl: string, keys: Keys, ask: Ask, clock = readClock()): string {
  return writeSigned(baseUrl, `${completionsPath}/${ask.endpoint}`, keys, writeBody(ask), clock);
}

export const java: SdkWire = {
  name: 'Java',
  ...javaReader,
  // Nothing is encoded.
  writeTokenRequest: (baseUrl, { id, secret }) => {
    const query = `grant_type=client_credentials&client_id=${id}&client_secret=${secret}`;
    return write('GET', baseUrl, `/oauth/2.0/token?${query}`, []);
  },
  writeListRequest: (baseUrl, keys) => writeSigned(baseUrl, listPath, keys, '{}', readClock()),
  writeCompletionRequest: (baseUrl, proof, ask) => {
    if ('keys' in proof) return writeSignedCompletion(baseUrl, proof.keys, ask);
    const target = `${completionsPath}/${ask.endpoint}?access_token=${proof.accessToken}`;
    return write('POST', baseUrl, target, [], writeBody(ask));
  },
};
