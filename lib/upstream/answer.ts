// Reads an HTTP response as a completion or as a stream of chunks, and waits for the first event of a stream.
import type { Completion, CompletionChunk } from '../core/completion.ts';
import { changeError, GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import type { AnswerReader } from '../dialects/codec.ts';
import type { IncomingResponse } from '../http-client/transport.ts';
import { parseBody } from '../http-client/whole-body.ts';
import { createSseDecoder } from '../dialects/sse.ts';
import type { SseEvent } from '../dialects/sse.ts';
import type { SilenceWatch } from './silence-watch.ts';

/** A body that is read, parsed and encoded again needs several times its size, in a sandbox of 128 MB. */
const maxBodyBytes = 4 * 1_048_576;
const endOfBodyTimeoutMs = 200;
const announcedEndTimeoutMs = 1_000;

export type Answer =
  | { readonly kind: 'whole'; readonly completion: Completion }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<CompletionChunk> };

/** How a stream ended: `left` when its reader stopped before the end. */
export type AnswerEnd =
  | { readonly how: 'whole' }
  | { readonly how: 'left' }
  | { readonly how: 'failed'; readonly error: unknown };

export interface AnswerOptions {
  readonly reader: AnswerReader;
  readonly silence: SilenceWatch;
  /** Returns the error to throw to the reader of a stream, in place of the given one. */
  readonly explain: (error: unknown) => unknown;
  /** Called once, when a stream that had begun has ended. */
  readonly onEnd: (end: AnswerEnd) => void;
}

/**
 * Reads a response of status 200 up to its first event, or whole if it is not a stream. Upstreams report errors inside a 200,
 * on stream requests too; until the first event, our own status is still open and a retry costs the caller nothing.
 * The bytes decide whether it is a stream, whatever the content type says.
 *
 * @throws GatewayError what the upstream reported; `upstream_unreachable` when the connection broke before an answer;
 * `upstream_invalid_response`, `upstream_answer_too_large`, `upstream_truncated`, `upstream_timeout`,
 * `upstream_empty_answer`. The chunks throw `upstream_idle_timeout` as well, each as `explain` words it.
 */
export async function readAnswer(response: IncomingResponse, options: AnswerOptions): Promise<Answer> {
  const { reader, silence } = options;
  try {
    const bytes = response.body[Symbol.asyncIterator]();
    const start = await readStart(bytes, silence);
    if (!isEventStream(start.text, response.contentType)) {
      const body = await readRest(bytes, start.bytes);
      const completion = reader.readWhole(parseBody(body, response));
      silence.stop();
      return { kind: 'whole', completion };
    }
    const chunks = readChunks(response, bytes, start.bytes, options);
    const first = await chunks.next();
    // readChunks ends normally only after a chunk with isEnd, so there is a first one.
    return { kind: 'stream', chunks: first.done === true ? chunks : putBack(first.value, chunks) };
  } catch (error) {
    silence.stop();
    response.destroy();
    // The attempt was given up by the watch or the caller; the upstream's Retry-After does not belong to that error.
    if (error instanceof GatewayError && error === silence.signal.reason) throw error;
    if (error instanceof GatewayError) throw withRetryAfter(error, response);
    throw new GatewayError('upstream_unreachable', 'The upstream closed the connection before it had answered', {
      cause: error,
    });
  }
}

/** Adds the Retry-After of a response, which may come with any status. */
export function withRetryAfter(error: GatewayError, { retryAfterSeconds }: IncomingResponse): GatewayError {
  return retryAfterSeconds === undefined ? error : changeError(error, { retryAfterSeconds });
}

/** Reads up to the first byte that is not white space. Some servers send white space while the model thinks. */
async function readStart(
  body: AsyncIterator<Uint8Array>,
  silence: SilenceWatch,
): Promise<{ readonly text: string; readonly bytes: readonly Uint8Array[] }> {
  const bytes: Uint8Array[] = [];
  let text = '';
  while (text.trimStart() === '') {
    const { done, value } = await body.next();
    if (done === true) break;
    silence.noteLife();
    text = Buffer.from(value).toString('latin1');
    bytes.push(value);
  }
  return { text: text.replace(/^\u00ef\u00bb\u00bf/, '').trimStart(), bytes };
}

/** Whether a body that begins like this is a stream. JSON never is, and the fields of a stream always are, whatever the content type. */
function isEventStream(start: string, contentType: string): boolean {
  if (start.startsWith('{') || start.startsWith('[')) return false;
  return contentType.startsWith('text/event-stream') || /^(?:data|event|id|retry|error)? ?:/.test(start);
}

/** Reads the rest of a body that is not a stream. It must be complete in time: its bytes do not count as signs of life. */
async function readRest(body: AsyncIterator<Uint8Array>, start: readonly Uint8Array[]): Promise<string> {
  const parts = [...start];
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  for (;;) {
    if (length > maxBodyBytes) {
      const message = `The upstream sent a body of more than ${maxBodyBytes} bytes`;
      throw new GatewayError('upstream_answer_too_large', message);
    }
    const { done, value } = await body.next();
    if (done === true) return Buffer.concat(parts).toString('utf8');
    parts.push(value);
    length += value.length;
  }
}

/** Written by hand, because a generator around another one makes each chunk several times as expensive. */
function putBack<T extends object>(first: T, rest: AsyncGenerator<T>): AsyncIterable<T> {
  let held: T | undefined = first;
  const iterator: AsyncIterator<T> = {
    next: () => {
      if (held === undefined) return rest.next();
      const value = held;
      held = undefined;
      return Promise.resolve({ done: false, value });
    },
    return: () => {
      held = undefined;
      return rest.return(undefined);
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * Yields the chunks up to the one with `isEnd`, and throws if the stream ends or breaks before that. Only this function
 * knows how the stream ended, so it calls `onEnd`.
 */
async function* readChunks(
  response: IncomingResponse,
  body: AsyncIterator<Uint8Array>,
  start: readonly Uint8Array[],
  { reader, silence, explain, onEnd }: AnswerOptions,
): AsyncGenerator<CompletionChunk> {
  const decoder = createSseDecoder();
  const pending = [...start];
  let progress: 'waiting' | 'begun' | 'complete' = 'waiting';
  let end: AnswerEnd = { how: 'left' };
  let failure: unknown;
  /** Whether the upstream itself said that it failed. */
  let isReported = false;
  try {
    try {
      for (let isOpen = true; isOpen;) {
        const bytes = pending.shift() ?? (await body.next()).value;
        isOpen = bytes !== undefined;
        const wasEnding = reader.isEnding();
        let hasChunk = false;
        for (const event of bytes === undefined ? listLastEvents(decoder.end()) : decoder.feed(bytes)) {
          const chunks: readonly CompletionChunk[] = progress === 'complete' ? [] : reader.readEvent(event);
          for (const chunk of chunks) {
            progress = chunk.isEnd ? 'complete' : 'begun';
            if (chunk.isEnd) end = { how: 'whole' };
            if (!hasChunk) silence.pause();
            hasChunk = true;
            yield chunk;
          }
        }
        // The text was cut here, and the upstream would go on with it.
        if (progress === 'complete' && reader.isCut()) return;
        watchOn(silence, { hasChunk, isComplete: progress === 'complete', isEnding: reader.isEnding(), wasEnding });
      }
    } catch (error) {
      isReported = error instanceof GatewayError && error !== silence.signal.reason;
      const isBreak = !(error instanceof GatewayError) && progress !== 'waiting';
      const message = 'The connection to the upstream broke in the middle of the stream';
      failure = isBreak ? new GatewayError('upstream_truncated', message, { cause: error }) : error;
    }
    if (progress === 'complete') return;
    const last = isReported ? undefined : reader.end();
    // Created only when it is thrown, because capturing the stack is expensive.
    if (last === undefined) throw failure ?? createTruncation();
    end = { how: 'whole' };
    yield last;
  } catch (error) {
    end = { how: 'failed', error };
    if (progress === 'waiting') throw error;
    const rest = reader.rest();
    if (rest !== undefined) yield rest;
    throw explain(error);
  } finally {
    silence.stop();
    response.destroy();
    if (progress !== 'waiting') onEnd(end);
  }
}

interface Progress {
  readonly hasChunk: boolean;
  readonly isComplete: boolean;
  readonly isEnding: boolean;
  readonly wasEnding: boolean;
}

/** Sets how long to wait for the next bytes, by what is still to come. */
function watchOn(silence: SilenceWatch, { hasChunk, isComplete, isEnding, wasEnding }: Progress): void {
  // The end of the body frees the connection for the next request. The caller does not wait long for that.
  if (isComplete) {
    if (hasChunk) silence.resume(endOfBodyTimeoutMs);
  } else if (isEnding) {
    // The text is whole. Its usage is worth a moment, but a server that sends none may leave the stream open.
    if (hasChunk || !wasEnding) silence.resume(announcedEndTimeoutMs);
  } else if (hasChunk) {
    silence.resume();
  } else {
    silence.noteLife();
  }
}

function createTruncation(): GatewayError {
  return new GatewayError('upstream_truncated', 'The upstream ended the stream before the completion was whole');
}

/** An incomplete event at the end was cut off. It is dropped; the missing end of the text is reported as a truncation. */
function listLastEvents(events: readonly SseEvent[]): readonly SseEvent[] {
  return events.filter(({ data }) => data === '[DONE]' || parseJson(data) !== undefined);
}
