// An answer as the V1 side writes it, whole or streamed.
import type { AnswerFormat } from './answer-completion.ts';
import { createAnswerId } from './answer-id.ts';
import type { Faults } from './faults.ts';
import type { GeneratedAnswer } from './generate-answer.ts';
import { createFrames, encodeFrame } from './stream-frames.ts';
import { v1Dialect } from './v1-dialect.ts';

/** Writes the only choice of an answer. `now` is in epoch milliseconds. */
export function createV1Format(
  { choices: [choice], usage }: GeneratedAnswer,
  faults: Faults,
  now: () => number,
): AnswerFormat {
  const id = createAnswerId();
  const createdSeconds = (): number => Math.floor(now() / 1000);
  const hasUsage = faults.omit_usage !== true;
  return {
    encodeWhole: () => ({
      id,
      object: 'completion',
      created: createdSeconds(),
      result: choice.text,
      is_safe: 1,
      usage: hasUsage ? usage : undefined,
    }),
    createFrames: () =>
      createFrames({
        id,
        pieces: choice.pieces,
        promptTokens: usage.prompt_tokens,
        createdSeconds,
        marksEnd: faults.omit_is_end !== true,
        hasUsage,
      }),
    // How the real service reports an error in mid-stream is not documented; this is the form its SDKs look for.
    encodeErrorFrame: (error) => encodeFrame(v1Dialect.encodeError(error, id).value),
  };
}
