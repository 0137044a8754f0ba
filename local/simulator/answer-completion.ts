// A completion, whole or streamed, with the faults that break it while it is on its way.
import { randomBytes } from 'node:crypto';
import { pause, writePiece } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { errorMessage } from './error-messages.ts';
import type { Faults } from './faults.ts';
import { countTokens, generateText, splitText, stopText } from './generate-text.ts';
import { createFrames, encodeFrame, splitInsideCharacters } from './stream-frames.ts';

export interface CompletionOptions {
  readonly endpoint: string;
  readonly prompt: string;
  readonly stream: boolean;
  readonly stop: readonly string[];
  readonly faults: Faults;
  readonly frameDelayMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const wordsPerFrame = 8;

/** Answers with the text that belongs to the endpoint and the prompt. Streamed or not, it is the same text. */
export async function answerCompletion(exchange: Exchange, options: CompletionOptions): Promise<void> {
  const { endpoint, prompt, stop, faults } = options;
  const seed = `${endpoint}\n${prompt}`;
  const text = stopText(generateText({ seed, words: faults.words, minWords: faults.frames }), stop);
  const id = `as-${randomBytes(5).toString('hex')}`;
  await (options.stream ? sendStream(exchange, options, id, text) : sendWhole(exchange, options, id, text));
}

async function sendWhole(exchange: Exchange, options: CompletionOptions, id: string, text: string): Promise<void> {
  const promptTokens = countTokens(options.prompt);
  const completionTokens = countTokens(text);
  const body = JSON.stringify({
    id,
    object: 'completion',
    created: toSeconds(options.now()),
    result: text,
    is_safe: 1,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
  exchange.response.writeHead(200, {
    'Content-Type': 'application/json',
    // Chunks keep the pieces of a split body apart.
    ...(options.faults.split_utf8 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
  });
  // The faults that count frames break an answer in one piece in its middle.
  const { cut_after_frames: cutAfter, stall_after_frames: stallAfter } = options.faults;
  if (cutAfter !== undefined || stallAfter !== undefined) {
    const bytes = Buffer.from(body);
    await writePiece(exchange, bytes.subarray(0, bytes.length / 2));
    return breakOff(exchange, cutAfter !== undefined);
  }
  await send(exchange, options.faults, body);
  exchange.response.end();
}

async function sendStream(exchange: Exchange, options: CompletionOptions, id: string, text: string): Promise<void> {
  const { faults, now } = options;
  const pieces = splitText(text, faults.frames ?? Math.ceil(countTokens(text) / wordsPerFrame));
  const frames = createFrames({
    id,
    pieces,
    promptTokens: countTokens(options.prompt),
    createdSeconds: () => toSeconds(now()),
    marksEnd: faults.omit_is_end !== true,
  });
  exchange.response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  exchange.response.flushHeaders();

  let sent = 0;
  for (;;) {
    if (sent === faults.cut_after_frames) return breakOff(exchange, true);
    if (sent === faults.stall_after_frames) return breakOff(exchange, false);
    await pause(exchange, faults.frame_delay_ms ?? options.frameDelayMs);
    if (sent === faults.error_after_frames) {
      await send(exchange, faults, encodeErrorFrame(id, faults.error_code ?? 336000));
      break;
    }
    const { value: frame, done } = frames.next();
    if (done === true) break;
    await send(exchange, faults, frame);
    sent += 1;
  }
  exchange.response.end();
}

/** How the real service reports an error in mid-stream is not documented; this is the form its SDKs look for. */
function encodeErrorFrame(id: string, errorCode: number): string {
  return encodeFrame({ error_code: errorCode, error_msg: errorMessage(errorCode), id });
}

async function send(exchange: Exchange, faults: Faults, text: string): Promise<void> {
  if (!faults.split_utf8) return writePiece(exchange, text);
  for (const piece of splitInsideCharacters(text)) {
    await writePiece(exchange, piece);
    // Without a pause the client would read several pieces as one.
    await pause(exchange, 1);
  }
}

/** An answer that is neither cut nor ended leaves the connection open until the client has had enough. */
function breakOff(exchange: Exchange, isCut: boolean): void {
  if (isCut) exchange.breakConnection('close');
}

function toSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
