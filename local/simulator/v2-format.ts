// An answer as the V2 side writes it: completions and chat, whole or streamed.
import type { AnswerFormat } from './answer-completion.ts';
import { createAnswerId } from './answer-id.ts';
import type { Faults } from './faults.ts';
import type { GeneratedAnswer, GeneratedChoice } from './generate-answer.ts';
import { encodeFrame } from './stream-frames.ts';
import { v2Dialect } from './v2-dialect.ts';
import type { AnswerKind, V2Body } from './validate-v2-body.ts';

interface Shape {
  readonly object: string;
  readonly chunkObject: string;
  encodeText(text: string): object;
  encodePiece(piece: string, isFirst: boolean): object;
  encodeEnd(): object;
}

const shapes: Readonly<Record<AnswerKind, Shape>> = {
  text: {
    object: 'text_completion',
    chunkObject: 'text_completion',
    encodeText: (text) => ({ text }),
    encodePiece: (text) => ({ text }),
    encodeEnd: () => ({ text: '' }),
  },
  chat: {
    object: 'chat.completion',
    chunkObject: 'chat.completion.chunk',
    encodeText: (content) => ({ message: { role: 'assistant', content } }),
    encodePiece: (content, isFirst) => ({ delta: isFirst ? { role: 'assistant', content } : { content } }),
    encodeEnd: () => ({ delta: {} }),
  },
};

/** What an answer carries besides its texts. */
export interface V2FormatOptions {
  readonly kind: AnswerKind;
  readonly body: Pick<V2Body, 'model' | 'includesUsage'>;
  readonly faults: Faults;
  /** Unix time. */
  readonly createdSeconds: number;
}

/** Writes all choices of an answer. In a stream, their pieces alternate. */
export function createV2Format({ choices, usage }: GeneratedAnswer, options: V2FormatOptions): AnswerFormat {
  const { kind, body, faults, createdSeconds } = options;
  const shape = shapes[kind];
  const id = createAnswerId();
  const hasUsage = faults.omit_usage !== true;
  const reasonOf = ({ finishReason }: GeneratedChoice): string | null =>
    faults.omit_finish_reason ? null : finishReason;
  const encodeChoice = (content: object, index: number, finishReason: string | null): object => ({
    ...content,
    index,
    logprobs: null,
    finish_reason: finishReason,
  });
  const encodeChunk = (chunkChoices: readonly object[], chunkUsage: object | null): string =>
    encodeFrame({
      id,
      object: shape.chunkObject,
      created: createdSeconds,
      model: body.model,
      choices: chunkChoices,
      usage: body.includesUsage && hasUsage ? chunkUsage : undefined,
    });

  function* createFrames(): Generator<string> {
    const rounds = Math.max(...choices.map(({ pieces }) => pieces.length));
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { pieces }] of choices.entries()) {
        const piece = pieces[round];
        if (piece === undefined) continue;
        yield encodeChunk([encodeChoice(shape.encodePiece(piece, round === 0), index, null)], null);
      }
    }
    if (faults.omit_is_end) return;
    for (const [index, choice] of choices.entries()) {
      yield encodeChunk([encodeChoice(shape.encodeEnd(), index, reasonOf(choice))], null);
    }
    if (body.includesUsage && hasUsage) yield encodeChunk([], usage);
    if (!faults.omit_done) yield 'data: [DONE]\n\n';
  }

  return {
    encodeWhole: () => ({
      id,
      object: shape.object,
      created: createdSeconds,
      model: body.model,
      choices: choices.map((choice, index) => encodeChoice(shape.encodeText(choice.text), index, reasonOf(choice))),
      usage: hasUsage ? usage : undefined,
    }),
    createFrames,
    encodeErrorFrame: (error) => encodeFrame(v2Dialect.encodeError(error, id).value),
  };
}
