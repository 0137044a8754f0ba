// Performs a call: obtains an access_token if one is needed, then sends the request.
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import type { Parameter } from '../catalog/catalog.ts';
import { readAnswer } from './answer.ts';
import type { Access, Call } from './call.ts';
import { buildRequest, buildTokenRequest } from './request.ts';
import type { Gateway } from './request.ts';
import type { RunEvent } from './run.ts';
import { sendRequest } from './send.ts';

export interface Performance {
  readonly gateway: Gateway;
  readonly call: Call;
  readonly access: Access;
  readonly parameters: readonly Parameter[];
  readonly tokens: TokenCache;
  readonly signal: AbortSignal;
  /** Called with each event; the last is `end`, `stop` or `fail`. Times count from the moment the request itself is sent. */
  readonly onEvent: (event: RunEvent) => void;
}

/** Tokens by the URL of their token request, which contains the keys. */
export type TokenCache = Map<string, string>;

/** Codes of errors after which a new access_token may help. */
const tokenErrors: readonly unknown[] = [100, 110, 111];

/** The characters that fetch refuses in the value of a header. */
const beyondHeaders = /[\0\r\n]|[^\0-\xff]/;

/** Performs the call and resolves when it has ended, also if it failed. */
export async function performCall(options: Performance): Promise<void> {
  const { gateway, call, access, parameters, tokens, signal, onEvent } = options;
  let startedAtMs = performance.now();
  const after = (): number => performance.now() - startedAtMs;
  const tokenRequest = buildTokenRequest(gateway, call, access);
  try {
    let accessToken = '';
    if (tokenRequest !== undefined) {
      const known = tokens.get(tokenRequest.url);
      const token = known ?? (await obtainToken(options, after));
      if (token === undefined) return onEvent({ kind: 'end', afterMs: after() });
      tokens.set(tokenRequest.url, token);
      accessToken = token;
      startedAtMs = performance.now();
    }
    const request = buildRequest(gateway, call, access, accessToken, parameters);
    if (request.headers.some(([, value]) => beyondHeaders.test(value))) {
      return onEvent({ kind: 'fail', error: { message: '', isUnsendable: true }, afterMs: after() });
    }
    const forgetRefused = (text: string): void => {
      if (tokenRequest !== undefined && tokenErrors.includes(readAnswer(text).error?.errorCode)) {
        tokens.delete(tokenRequest.url);
      }
    };
    const body = await sendRequest(request, signal, {
      onHead: (head) => onEvent({ kind: 'head', head }),
      onEvent: (data) => onEvent({ kind: 'event', data, afterMs: after() }),
    });
    forgetRefused(body);
    if (body !== '') onEvent({ kind: 'body', body, afterMs: after() });
    onEvent({ kind: 'end', afterMs: after() });
  } catch (error) {
    if (signal.aborted) return onEvent({ kind: 'stop', afterMs: after() });
    const message = error instanceof Error ? error.message : String(error);
    onEvent({ kind: 'fail', error: { message }, afterMs: after() });
  }
}

/** Requests an access_token. An answer without one becomes the answer of the call. */
async function obtainToken(
  { gateway, call, access, signal, onEvent }: Performance,
  after: () => number,
): Promise<string | undefined> {
  const request = buildTokenRequest(gateway, call, access);
  if (request === undefined) return undefined;
  const heads: RunEvent[] = [];
  const body = await sendRequest(request, signal, {
    onHead: (head) => heads.push({ kind: 'head', head }),
    onEvent: () => undefined,
  });
  const value = parseJson(body);
  const token = isJsonObject(value) ? value['access_token'] : undefined;
  if (typeof token === 'string') return token;
  for (const head of heads) onEvent(head);
  onEvent({ kind: 'body', body, afterMs: after() });
  return undefined;
}
