// Sends a completion, whole or streamed, with the faults that happen while it is sent.
import type { SimulatedError } from './dialect.ts';
import { pause, writePiece } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { errorOf } from './faults.ts';
import type { Faults } from './faults.ts';
import { splitInsideCharacters } from './stream-frames.ts';

/** Writes an answer in the format of one side. */
export interface AnswerFormat {
  encodeWhole(): object;
  /** The frames as they are sent, including those that end the stream. */
  createFrames(): Iterator<string>;
  encodeErrorFrame(error: SimulatedError): string;
}

/** What to send, and how. */
export interface CompletionOptions {
  readonly format: AnswerFormat;
  readonly stream: boolean;
  readonly faults: Faults;
  readonly frameDelayMs: number;
}

/** Answers in the format given. */
export async function answerCompletion(exchange: Exchange, options: CompletionOptions): Promise<void> {
  await (options.stream ? sendStream(exchange, options) : sendWhole(exchange, options));
}

async function sendWhole(exchange: Exchange, { format, faults }: CompletionOptions): Promise<void> {
  const body = JSON.stringify(format.encodeWhole());
  exchange.response.writeHead(200, {
    'Content-Type': 'application/json',
    // Without a length the body is sent in chunks, which keep its pieces apart.
    ...(faults.split_utf8 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
  });
  // An answer that is not streamed has no frames to count: these faults break it in the middle.
  const { cut_after_frames: cutAfter, stall_after_frames: stallAfter } = faults;
  if (cutAfter !== undefined || stallAfter !== undefined) {
    const bytes = Buffer.from(body);
    await writePiece(exchange, bytes.subarray(0, bytes.length / 2));
    return breakOff(exchange, cutAfter !== undefined);
  }
  await send(exchange, faults, body);
  exchange.response.end();
}

async function sendStream(exchange: Exchange, { format, faults, frameDelayMs }: CompletionOptions): Promise<void> {
  const frames = format.createFrames();
  exchange.response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  exchange.response.flushHeaders();

  let sent = 0;
  for (;;) {
    if (sent === faults.cut_after_frames) return breakOff(exchange, true);
    if (sent === faults.stall_after_frames) return breakOff(exchange, false);
    if (faults.keep_alive_comments) await writePiece(exchange, ': keep-alive\n\n');
    await pause(exchange, faults.frame_delay_ms ?? frameDelayMs);
    if (sent === faults.error_after_frames) {
      await send(exchange, faults, format.encodeErrorFrame(errorOf(faults) ?? { errorCode: 336000 }));
      break;
    }
    const { value: frame, done } = frames.next();
    if (done === true) break;
    await send(exchange, faults, frame);
    sent += 1;
  }
  exchange.response.end();
}

async function send(exchange: Exchange, faults: Faults, text: string): Promise<void> {
  if (!faults.split_utf8) return writePiece(exchange, text);
  for (const piece of splitInsideCharacters(text)) {
    await writePiece(exchange, piece);
    // Without a pause the client might receive several pieces as one.
    await pause(exchange, 1);
  }
}

/** Breaks off an answer: closes the connection, or leaves it open until the client closes it. */
function breakOff(exchange: Exchange, isCut: boolean): void {
  if (isCut) exchange.breakConnection('close');
}
