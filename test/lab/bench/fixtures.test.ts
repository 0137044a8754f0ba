// The fixed answers of the benchmark, read by the gateway's own codecs.
import {
  createPlainAnswer,
  createRequestBody,
  createStreamAnswer,
  endOf,
  readText,
  text,
} from '../../../lab/bench/fixtures.ts';
import type { Dialect, Mode } from '../../../lab/bench/fixtures.ts';
import type { CompletionChunk } from '../../../lib/core/completion.ts';
import { decodeCompletionsRequest } from '../../../lib/dialects/openai/completions-request.ts';
import { createOpenAiReader } from '../../../lib/dialects/openai/answer-reader.ts';
import { decodeV1Request } from '../../../lib/dialects/qianfan-v1/completions-request.ts';
import { createV1Reader } from '../../../lib/dialects/qianfan-v1/answer-reader.ts';
import { createSseDecoder } from '../../../lib/dialects/sse.ts';

const dialects: readonly Dialect[] = ['openai', 'v1'];
const modes: readonly Mode[] = ['plain', 'stream'];

const createReader = (dialect: Dialect) => (dialect === 'openai' ? createOpenAiReader() : createV1Reader({}));

function readChunks(dialect: Dialect): readonly CompletionChunk[] {
  const events = createSseDecoder().feed(Buffer.from(createStreamAnswer(dialect).join('')));
  const reader = createReader(dialect);
  return events.flatMap((event) => reader.readEvent(event));
}

function answerOf(dialect: Dialect, mode: Mode): string {
  return mode === 'plain' ? createPlainAnswer(dialect) : createStreamAnswer(dialect).join('');
}

describe('the requests of the benchmark', () => {
  it('are valid in both dialects', () => {
    for (const mode of modes) {
      const stream = mode === 'stream';
      expect(decodeCompletionsRequest(createRequestBody('openai', mode))).toMatchObject({
        stream,
        includeUsage: stream,
      });
      expect(decodeV1Request(createRequestBody('v1', mode))).toMatchObject({ stream });
    }
  });
});

describe('the answers of the benchmark', () => {
  it.each(dialects)('are valid whole in the dialect %s', (dialect) => {
    const usage = { promptTokens: 96, completionTokens: 160, totalTokens: 256 };
    expect(createReader(dialect).readWhole(JSON.parse(createPlainAnswer(dialect)))).toMatchObject({ text, usage });
  });

  it.each(dialects)('are valid as a stream of 20 chunks in the dialect %s', (dialect) => {
    const chunks = readChunks(dialect);
    expect(chunks.filter((chunk) => chunk.text !== '')).toHaveLength(20);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
    expect(chunks.map(({ isEnd }) => isEnd)).toEqual(chunks.map((_, index) => index === chunks.length - 1));
    expect(chunks.at(-1)?.usage).toMatchObject({ promptTokens: 96, completionTokens: 160, totalTokens: 256 });
  });

  it.each(dialects.flatMap((dialect) => modes.map((mode) => [dialect, mode] as const)))(
    'in the dialect %s, %s, are read whole, and known to be cut off when they are',
    (dialect, mode) => {
      const answer = answerOf(dialect, mode);
      expect(readText(dialect, mode, answer)).toBe(text);
      expect(answer).toMatch(endOf(dialect, mode));
      expect(answer.slice(0, -4)).not.toMatch(endOf(dialect, mode));
    },
  );
});
