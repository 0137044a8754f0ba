// Answers as the upstreams send them, byte by byte, and the byte with which the text is complete.
import type { UpstreamName } from '../../lib/config/shape.ts';
import { pieces } from './canaries.ts';

/** What a caller may receive. */
export interface Truth {
  readonly text: string;
  readonly promptTokens: number;
  readonly totalTokens: number;
}

/** How the end of a body is marked; `small-chunks` are of five bytes, so that they cut characters and JSON. */
export const framings = ['chunked', 'small-chunks', 'length', 'close'] as const;
export type Framing = (typeof framings)[number];

/** What a body is written as: `crlf` has a byte order mark, CRLF, comments and fields that are no data. */
export type Shape = 'v1' | 'v1-crlf' | 'completions' | 'chat';

export interface Recording {
  readonly name: string;
  readonly upstream: UpstreamName;
  readonly isChat: boolean;
  readonly isStream: boolean;
  /** Whether only the end of the connection ends the body. */
  readonly isOpenEnded: boolean;
  readonly bytes: Buffer;
  /** With fewer bytes nobody can know the whole text; with more, but not all, one may. */
  readonly truthFrom: number;
  readonly truth: Truth;
}

interface Body {
  readonly parts: readonly string[];
  /** How many parts tell the truth. */
  readonly tellingParts: number;
  /** What follows the last byte that tells it: line ends. */
  readonly idleEnd: string;
}

export const truth: Truth = { text: pieces.join(''), promptTokens: 5, totalTokens: 5 + pieces.length };

const created = 1_693_811_126;

/** One frame of V1, as in the samples of its pages: total_tokens is cumulative, completion_tokens is not. */
export function encodeV1Frame(index: number, result: string, isEnd: boolean): string {
  const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 + index };
  const frame = { id: 'as-1', object: 'completion', created, sentence_id: index, is_end: isEnd, result, is_safe: 1 };
  return `data: ${JSON.stringify({ ...frame, usage })}\n\n`;
}

/** The whole answer of V1. */
export function encodeV1Answer(): string {
  const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
  return JSON.stringify({ id: 'as-1', object: 'completion', created, result: truth.text, is_safe: 1, usage });
}

const openAiUsage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };

function describeChoice(isChat: boolean, isStream: boolean, text: string, reason: string | null): object {
  const content = isChat ? { [isStream ? 'delta' : 'message']: { role: 'assistant', content: text } } : { text };
  return { index: 0, ...content, finish_reason: reason };
}

/** One chunk of an OpenAI stream. */
export function encodeOpenAiChunk(isChat: boolean, text: string, reason: string | null): string {
  const choices = [describeChoice(isChat, true, text, reason)];
  return `data: ${JSON.stringify({ id: 'c-1', created, model: 'm', choices, usage: null })}\n\n`;
}

function encodeOpenAiAnswer(isChat: boolean): string {
  const choices = [describeChoice(isChat, false, truth.text, 'stop')];
  return JSON.stringify({ id: 'c-1', created, model: 'm', choices, usage: openAiUsage });
}

/** The frames of a whole stream. */
export function createStreamBody(shape: Shape): Body {
  const last = pieces.length - 1;
  const frames = pieces.map((piece, index) => encodeV1Frame(index, piece, index === last));
  if (shape === 'v1') return { parts: frames, tellingParts: frames.length, idleEnd: '\n\n' };
  if (shape === 'v1-crlf') {
    const parts = frames.map((frame, index) =>
      `: ping\nevent: message\nid: ${index}\n${frame}`.replaceAll('\n', '\r\n'),
    );
    return { parts: ['\ufeff', ...parts], tellingParts: parts.length + 1, idleEnd: '\r\n\r\n' };
  }
  const isChat = shape === 'chat';
  return {
    parts: [
      ...pieces.map((piece) => encodeOpenAiChunk(isChat, piece, null)),
      encodeOpenAiChunk(isChat, '', 'stop'),
      `data: ${JSON.stringify({ id: 'c-1', created, model: 'm', choices: [], usage: openAiUsage })}\n\n`,
      'data: [DONE]\n\n',
    ],
    tellingParts: pieces.length + 1,
    idleEnd: '\n\n',
  };
}

/** Records one answer of a shape. */
export function createRecording(shape: Shape, isStream: boolean, framing: Framing): Recording {
  const isV1 = shape === 'v1' || shape === 'v1-crlf';
  const whole = isV1 ? encodeV1Answer() : encodeOpenAiAnswer(shape === 'chat');
  const body = isStream ? createStreamBody(shape) : { parts: [whole], tellingParts: 1, idleEnd: '' };
  const telling = Buffer.byteLength(body.parts.slice(0, body.tellingParts).join('')) - body.idleEnd.length;
  const contentType = isStream ? 'text/event-stream' : 'application/json';
  const { bytes, offsetOf } = frameBody(
    body.parts.map((part) => Buffer.from(part)),
    contentType,
    framing,
  );
  return {
    name: `${shape} ${isStream ? 'stream' : 'sync'} ${framing}`,
    upstream: isV1 ? 'qianfan-v1' : 'openai',
    isChat: shape === 'chat',
    isStream,
    isOpenEnded: framing === 'close',
    bytes,
    truthFrom: offsetOf(telling - 1) + 1,
    truth,
  };
}

/** Puts a body behind a head; `offsetOf` finds a byte of the body in the whole. */
function frameBody(parts: readonly Buffer[], contentType: string, framing: Framing) {
  const body = Buffer.concat(parts);
  const end = { length: `Content-Length: ${body.length}`, close: 'Connection: close', chunked: '', 'small-chunks': '' };
  const framingHeader = end[framing] || 'Transfer-Encoding: chunked';
  const segments: Buffer[] = [
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\n${framingHeader}\r\n\r\n`),
  ];
  const offsets: number[] = [];
  let length = segments[0]?.length ?? 0;
  const add = (bytes: Buffer, isBody: boolean): void => {
    if (isBody) for (const index of bytes.keys()) offsets.push(length + index);
    segments.push(bytes);
    length += bytes.length;
  };
  const isChunked = framing === 'chunked' || framing === 'small-chunks';
  const size = framing === 'small-chunks' ? 5 : Infinity;
  for (const part of parts) {
    for (let start = 0; start < part.length; start += size) {
      const piece = part.subarray(start, start + size);
      if (isChunked) add(Buffer.from(`${piece.length.toString(16)}\r\n`), false);
      add(piece, true);
      if (isChunked) add(Buffer.from('\r\n'), false);
    }
  }
  if (isChunked) add(Buffer.from('0\r\n\r\n'), false);
  return { bytes: Buffer.concat(segments), offsetOf: (index: number): number => offsets[index] ?? -1 };
}
