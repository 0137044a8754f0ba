// A plain HTTP client for the tests of the simulator: it keeps what fetch hides.
import http from 'node:http';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { IncomingMessage } from 'node:http';
import type { SignableRequest } from '../../../lib/signing/canonical-request.ts';
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { startSimulator } from '../../../local/simulator/server.ts';
import type { Simulator, SimulatorOptions } from '../../../local/simulator/server.ts';

export const oauthClient = { apiKey: 'api-key', secretKey: 'secret+key' };
export const iamClient = { accessKey: 'access-key', secretKey: 'secret-access-key' };
export const apiKey = 'bce-v3/ALTAK-permanent/0123456789abcdef';
export const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';
export const tokenPath =
  `/oauth/2.0/token?grant_type=client_credentials&client_id=${oauthClient.apiKey}` +
  `&client_secret=${oauthClient.secretKey}`;

export interface Answer {
  readonly status: number;
  /** Spelled as sent. */
  readonly headers: ReadonlyMap<string, string>;
  /** Body pieces as they came. */
  readonly pieces: readonly Buffer[];
  readonly text: string;
  /** What broke the answer off, or empty. */
  readonly brokenBy: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  readonly onPiece?: (piece: Buffer) => void;
}

/** Starts a simulator that does not wait between frames, with one client of each kind. */
export async function startTestSimulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const clients = { oauthClients: [oauthClient], iamClients: [iamClient], apiKeys: [apiKey] };
  return startSimulator({ ...clients, frameDelayMs: 0, ...options });
}

/** Sends a request on a connection of its own and reads the whole answer, or what there is of it. */
export async function ask(
  url: string,
  { method = 'POST', headers = {}, body, signal, onPiece }: Question = {},
): Promise<Answer> {
  const request = http.request(url, { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  let brokenBy = '';
  // Events keep the pieces apart as they came; iterating would join those that wait.
  response.on('data', (piece: Buffer) => {
    pieces.push(piece);
    onPiece?.(piece);
  });
  try {
    await finished(response);
  } catch (error) {
    brokenBy = errorCode(error);
  }
  const { rawHeaders } = response;
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return {
    status: response.statusCode ?? 0,
    headers: new Map(names.map((name, index) => [name, rawHeaders[index * 2 + 1] ?? ''])),
    pieces,
    text: Buffer.concat(pieces).toString(),
    brokenBy,
  };
}

/** The code of a system error. Errors of Node.js are no instances of the Error that a jest test sees. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}

/** Waits until so many clients have been seen to leave; jest's timeout ends the wait when they are not. */
export async function untilAborted(simulator: Simulator, count: number): Promise<void> {
  while (simulator.stats().abortedRequests !== count) await new Promise(setImmediate);
}

export async function fetchToken(simulator: Simulator): Promise<string> {
  const { text } = await ask(`${simulator.url}${tokenPath}`);
  return (JSON.parse(text) as { access_token: string }).access_token;
}

export interface CompletionQuestion extends Omit<Question, 'body'> {
  readonly endpoint?: string;
  readonly body: object;
}

/** Asks for a completion with a fresh token. */
export async function complete(simulator: Simulator, question: CompletionQuestion): Promise<Answer> {
  const { endpoint = 'sqlcoder_7b', body, ...rest } = question;
  const token = await fetchToken(simulator);
  const url = `${simulator.url}${completionsPath}/${endpoint}?access_token=${token}`;
  return ask(url, { ...rest, body: JSON.stringify(body) });
}

/** The headers of a signed request, a POST if nothing else is said, to a path. */
export function signedHeaders(
  simulator: Simulator,
  path: string,
  timestampMs: number,
  secretKey = iamClient.secretKey,
  { method = 'POST', query = [] }: Partial<Pick<SignableRequest, 'method' | 'query'>> = {},
) {
  const headers = {
    Host: new URL(simulator.url).host,
    'x-bce-date': formatTimestamp(timestampMs),
    'Content-Type': 'application/json',
  };
  const Authorization = signRequest(
    { method, path, query, headers: Object.entries(headers) },
    { accessKeyId: iamClient.accessKey, secretAccessKey: secretKey },
    { timestampMs, signedHeaders: Object.keys(headers) },
  );
  return { ...headers, Authorization };
}

export interface Frame {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly sentence_id: number;
  readonly is_end: boolean;
  readonly result: string;
  readonly is_safe: number;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

/** The frames of a V1 stream whose every byte belongs to one. */
export function readFrames(text: string): readonly Frame[] {
  return splitFrames(text).map((data) => JSON.parse(data) as Frame);
}

/** The data of each frame. */
export function splitFrames(text: string): readonly string[] {
  const frames = text.split('\n\n');
  if (frames.pop() !== '') throw new Error('The stream does not end with an empty line');
  return frames.map((frame) => {
    if (!/^data: [{[]/.test(frame) || frame.includes('\n')) throw new Error('Not a data frame on one line');
    return frame.slice('data: '.length);
  });
}
