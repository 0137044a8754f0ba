// One request of a soak, as a client of either dialect sends and reads it; shares no code with the gateway.
import { request } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';

export interface SoakRequest {
  readonly url: string;
  readonly dialect: 'v1' | 'openai';
  readonly isStream: boolean;
  readonly prompt: string;
  /** Of the OpenAI dialect. */
  readonly key: string;
  /** Whether the caller goes away after the first piece. */
  readonly leaves: boolean;
}

export type SoakAnswer =
  | { readonly kind: 'text'; readonly text: string; readonly firstEventMs: number }
  /** `code` in words for OpenAI, the error_code for V1. */
  | { readonly kind: 'error'; readonly code: string | number }
  | { readonly kind: 'left' }
  /** What no client could make sense of. */
  | { readonly kind: 'broken'; readonly what: string };

export async function ask(asked: SoakRequest, agent: Agent): Promise<SoakAnswer> {
  const startedAt = performance.now();
  try {
    const response = await send(asked, agent);
    let firstEventMs: number | undefined;
    let body = '';
    response.setEncoding('utf8');
    for await (const piece of response) {
      firstEventMs ??= performance.now() - startedAt;
      body += String(piece);
      // Leaving the loop destroys the connection.
      if (asked.leaves) return { kind: 'left' };
    }
    return asked.leaves ? { kind: 'left' } : read(asked, response, body, firstEventMs ?? 0);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { kind: 'broken', what: `connection: ${code || String(error)}` };
  }
}

function send({ url, dialect, isStream, prompt, key }: SoakRequest, agent: Agent): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const fields = dialect === 'v1' ? {} : { model: 'StarCoder', max_tokens: 100_000 };
  const headers = {
    'Content-Type': 'application/json',
    ...(dialect === 'openai' && { Authorization: `Bearer ${key}` }),
  };
  request(url, { method: 'POST', agent, headers })
    .once('response', resolve)
    .once('error', reject)
    .end(JSON.stringify({ ...fields, prompt, stream: isStream }));
  return promise;
}

interface Frame {
  readonly result?: string;
  readonly is_end?: boolean;
  readonly error_code?: number;
  readonly error?: { readonly code: string };
  readonly choices?: readonly { readonly text: string; readonly finish_reason: string | null }[];
}

function read(
  { dialect, isStream }: SoakRequest,
  { headers }: IncomingMessage,
  body: string,
  firstEventMs: number,
): SoakAnswer {
  const isEvents = headers['content-type']?.startsWith('text/event-stream') ?? false;
  if (isEvents !== isStream && !body.includes('error')) return { kind: 'broken', what: 'content type' };
  const data = isEvents ? body.split('\n\n').flatMap((event) => (event === '' ? [] : [event.slice(6)])) : [body];
  const frames = data.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as Frame);
  const error = frames.find((frame) => frame.error_code !== undefined || frame.error !== undefined);
  if (error !== undefined) return { kind: 'error', code: error.error_code ?? error.error?.code ?? '' };
  const isWhole =
    dialect === 'v1'
      ? !isEvents || frames.at(-1)?.is_end === true
      : frames.some(({ choices }) => choices?.[0]?.finish_reason === 'stop') && (!isEvents || data.at(-1) === '[DONE]');
  if (!isWhole) return { kind: 'broken', what: 'an end without a word' };
  const text = frames.map(({ result, choices }) => result ?? choices?.[0]?.text ?? '').join('');
  return { kind: 'text', text, firstEventMs };
}
