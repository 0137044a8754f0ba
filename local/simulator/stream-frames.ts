// The frames of a streamed V1 completion, as they are sent.
import { countTokens } from './generate-text.ts';

export interface FrameOptions {
  readonly id: string;
  readonly promptTokens: number;
  readonly pieces: readonly string[];
  /** Unix time, read for each frame. */
  readonly createdSeconds: () => number;
  /** Whether the last frame says that it is the last. */
  readonly marksEnd: boolean;
  /** Whether frames have a `usage`. Default: true. */
  readonly hasUsage?: boolean;
}

/**
 * Yields one frame for each piece. In `usage`, prompt_tokens is constant, completion_tokens counts the frame and
 * total_tokens is cumulative, as in the samples of the completion pages.
 */
export function* createFrames(options: FrameOptions): Generator<string> {
  const { id, promptTokens, pieces, createdSeconds, marksEnd, hasUsage = true } = options;
  let totalTokens = promptTokens;
  for (const [index, piece] of pieces.entries()) {
    const completionTokens = countTokens(piece);
    totalTokens += completionTokens;
    yield encodeFrame({
      id,
      object: 'completion',
      created: createdSeconds(),
      sentence_id: index,
      is_end: marksEnd && index === pieces.length - 1,
      result: piece,
      is_safe: 1,
      usage: hasUsage
        ? { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens }
        : undefined,
    });
  }
}

/** One frame: `data: `, JSON on one line, an empty line. */
export function encodeFrame(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** Cuts a text into pieces of bytes so that every character of several bytes is split across pieces. */
export function splitInsideCharacters(text: string): readonly Uint8Array[] {
  const bytes = Buffer.from(text);
  // A byte 10xxxxxx continues a character: the cut comes before each of them.
  const cuts = Array.from(bytes.keys()).filter((index) => ((bytes[index] ?? 0) & 0xc0) === 0x80);
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
}
