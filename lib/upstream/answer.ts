// Reads an HTTP response as a completion or as a stream of chunks, and waits for the first event of a stream.
import type { Completion, CompletionChunk } from '../core/completion.ts';
import { changeError, GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import { createSseDecoder } from '../dialects/sse.ts';
import type { SilenceWatch } from './silence-watch.ts';
import type { IncomingResponse } from '../http-client/transport.ts';
import { parseBody, readWhole } from '../http-client/whole-body.ts';

/** Read, parsed and encoded again it takes a multiple of itself, and has to fit into a sandbox of 128 MB. */
const maxBodyBytes = 4 * 1_048_576;
const maxErrorBodyBytes = 65_536;
const errorBodyTimeoutMs = 1_000;
const endOfBodyTimeoutMs = 200;
const announcedEndTimeoutMs = 1_000;

export type Answer =
  | { readonly kind: 'completion'; readonly completion: Completion }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<CompletionChunk> };

/** How one dialect reads what an upstream sent. Each method throws GatewayError when the upstream reports one. */
export interface AnswerReader {
  /** A body that is no event stream. */
  readBody(value: unknown): Completion;
  /** A reader for the events of one stream. */
  createEventReader(): EventReader;
  /** The error that an HTTP error status and its parsed body mean; the body is undefined when it is no JSON. */
  readError(status: number, value: unknown): GatewayError;
}

export interface EventReader {
  /** The chunks that the data of one event makes. */
  read(data: string): readonly CompletionChunk[];
  /** Whether the upstream has said why the text ended, so that no more of it will come. */
  isEnding(): boolean;
  /** The last chunk, if the upstream is ending and has not sent what the chunk waits for. */
  end(): CompletionChunk | undefined;
}

/**
 * Reads a response up to its first event, or whole when it is no stream. The status of our own answer is still open
 * until then, and a retry costs the caller nothing: Qianfan reports errors as 200 with a JSON body on stream requests
 * too.
 *
 * @throws GatewayError what the upstream reported; `upstream_unreachable` when the connection broke before an answer;
 * `upstream_http_error`, `upstream_rejected`, `upstream_invalid_response`, `upstream_answer_too_large`,
 * `upstream_truncated`, `upstream_timeout`.
 * The chunks throw `upstream_idle_timeout` as well.
 */
export async function readAnswer(
  response: IncomingResponse,
  reader: AnswerReader,
  silence: SilenceWatch,
): Promise<Answer> {
  try {
    if (response.status !== 200) throw await readHttpError(response, reader, silence);
    if (!response.contentType.startsWith('text/event-stream')) {
      const completion = reader.readBody(parseBody(await readWhole(response, maxBodyBytes), response));
      silence.stop();
      return { kind: 'completion', completion };
    }
    const chunks = readChunks(response, reader, silence);
    const first = await chunks.next();
    // readChunks ends normally only after a chunk with isEnd, so there is a first one.
    return { kind: 'stream', chunks: first.done === true ? chunks : putBack(first.value, chunks) };
  } catch (error) {
    silence.stop();
    response.destroy();
    // Why the attempt was given up is nothing that the upstream said.
    if (error instanceof GatewayError && error === silence.signal.reason) throw error;
    if (error instanceof GatewayError) throw withRetryAfter(error, response);
    throw new GatewayError('upstream_unreachable', 'The upstream closed the connection before it had answered', {
      cause: error,
    });
  }
}

/** Written by hand because a generator around another costs each chunk several times as much. */
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

/** Yields the chunks up to the one with `isEnd`; a stream that ends or breaks before it throws. */
async function* readChunks(
  response: IncomingResponse,
  reader: AnswerReader,
  silence: SilenceWatch,
): AsyncGenerator<CompletionChunk> {
  const eventReader = reader.createEventReader();
  let progress: 'waiting' | 'begun' | 'complete' = 'waiting';
  let failure: unknown;
  try {
    try {
      for await (const events of decodeEvents(response.body)) {
        const wasEnding = eventReader.isEnding();
        let hasChunk = false;
        for (const data of events) {
          const chunks: readonly CompletionChunk[] = progress === 'complete' ? [] : eventReader.read(data);
          for (const chunk of chunks) {
            progress = chunk.isEnd ? 'complete' : 'begun';
            // Time the caller takes to receive chunks is not the upstream's silence.
            if (!hasChunk) silence.stop();
            hasChunk = true;
            yield chunk;
          }
        }
        const isEnding = eventReader.isEnding();
        // The end of the body frees the connection for the next request; a late one is not worth the caller's time.
        if (progress === 'complete') {
          if (hasChunk) silence.startIdle(endOfBodyTimeoutMs);
        } else if (isEnding && (hasChunk || !wasEnding)) {
          // The text is whole. Its usage is worth a moment, but a server that sends none may leave the stream open.
          silence.startIdle(announcedEndTimeoutMs);
        } else if (hasChunk) {
          silence.startIdle();
        }
      }
    } catch (error) {
      const isBreak = !(error instanceof GatewayError) && progress !== 'waiting';
      const message = 'The connection to the upstream broke in the middle of the stream';
      failure = isBreak ? new GatewayError('upstream_truncated', message, { cause: error }) : error;
    }
    if (progress === 'complete') return;
    const last = eventReader.end();
    // Made only where it is thrown: most of an error's price is its stack.
    if (last === undefined) throw failure ?? createTruncation();
    yield last;
  } finally {
    silence.stop();
    response.destroy();
  }
}

function createTruncation(): GatewayError {
  return new GatewayError('upstream_truncated', 'The upstream ended the stream before the completion was whole');
}

async function* decodeEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = createSseDecoder();
  for await (const bytes of body) yield decoder.feed(bytes);
  // Half an event at the end is not wrong but cut off, which the lack of an end will tell.
  yield decoder.end().filter((data) => data === '[DONE]' || parseJson(data) !== undefined);
}

/** A body that is no JSON, too long, cut off or late says no more than the status does. */
async function readHttpError(
  response: IncomingResponse,
  reader: AnswerReader,
  silence: SilenceWatch,
): Promise<GatewayError> {
  silence.startIdle(errorBodyTimeoutMs);
  let body = '';
  try {
    body = await readWhole(response, maxErrorBodyBytes);
  } catch (error) {
    const isLate = error instanceof GatewayError && error.code === 'upstream_idle_timeout';
    // The caller has gone, or the deadline is reached.
    if (silence.signal.aborted && !isLate) throw error;
  }
  return reader.readError(response.status, parseJson(body));
}

/** Adds how long the upstream asks to be left alone, which it may do with any status. */
function withRetryAfter(error: GatewayError, { retryAfterSeconds }: IncomingResponse): GatewayError {
  return retryAfterSeconds === undefined ? error : changeError(error, { retryAfterSeconds });
}
