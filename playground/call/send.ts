// Sends one request and reads the answer, event by event.
import { createSseDecoder } from '../../lib/dialects/sse.ts';
import type { WireRequest } from './request.ts';

export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface ResponseListener {
  readonly onHead: (head: ResponseHead) => void;
  /** The data of one event. */
  readonly onEvent: (data: string) => void;
}

/**
 * Sends the request and resolves with the body of an answer that is no event stream, or empty. Rejects with fetch's error
 * when no answer comes or it breaks off, and with the signal's reason.
 */
export async function sendRequest(
  { method, url, headers, body }: WireRequest,
  signal: AbortSignal,
  { onHead, onEvent }: ResponseListener,
): Promise<string> {
  const response = await fetch(url, {
    method,
    headers: new Headers(headers.map(([name, value]) => [name, value])),
    body: method === 'POST' ? body : null,
    signal,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
  });
  onHead({ status: response.status, headers: [...response.headers] });
  if (!/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '') || response.body === null) {
    return response.text();
  }
  const decoder = createSseDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    for (const { data } of done ? decoder.end() : decoder.feed(value)) onEvent(data);
    if (done) return '';
  }
}
