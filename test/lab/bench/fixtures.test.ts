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
import { decodeOpenAiRequest } from '../../../lib/dialects/openai/completions-request.ts';
import { createOpenAiEventReader, decodeOpenAiCompletion } from '../../../lib/dialects/openai/completions-response.ts';
import { decodeV1Request } from '../../../lib/dialects/qianfan-v1/completions-request.ts';
import { decodeV1Chunk, decodeV1Completion } from '../../../lib/dialects/qianfan-v1/completions-response.ts';
import { createSseDecoder } from '../../../lib/dialects/sse.ts';

const dialects: readonly Dialect[] = ['openai', 'v1'];
const modes: readonly Mode[] = ['plain', 'stream'];

function readChunks(dialect: Dialect): readonly CompletionChunk[] {
  const events = createSseDecoder().feed(Buffer.from(createStreamAnswer(dialect).join('')));
  const openAi = createOpenAiEventReader();
  return events.flatMap((data) => (dialect === 'openai' ? openAi.read(data) : [decodeV1Chunk(JSON.parse(data))]));
}

function answerOf(dialect: Dialect, mode: Mode): string {
  return mode === 'plain' ? createPlainAnswer(dialect) : createStreamAnswer(dialect).join('');
}

describe('the requests of the benchmark', () => {
  it('are valid in both dialects', () => {
    for (const mode of modes) {
      const stream = mode === 'stream';
      expect(decodeOpenAiRequest(createRequestBody('openai', mode))).toMatchObject({ stream, includeUsage: stream });
      expect(decodeV1Request(createRequestBody('v1', mode))).toMatchObject({ stream });
    }
  });
});

describe('the answers of the benchmark', () => {
  it('are valid whole', () => {
    const usage = { promptTokens: 96, completionTokens: 160, totalTokens: 256 };
    expect(decodeOpenAiCompletion(JSON.parse(createPlainAnswer('openai')))).toMatchObject({ text, usage });
    expect(decodeV1Completion(JSON.parse(createPlainAnswer('v1')))).toMatchObject({ text, usage });
  });

  it.each(dialects)('are valid as a stream of 20 chunks in the dialect %s', (dialect) => {
    const chunks = readChunks(dialect);
    expect(chunks.filter((chunk) => chunk.text !== '')).toHaveLength(20);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
    expect(chunks.map(({ isEnd }) => isEnd)).toEqual(chunks.map((_, index) => index === chunks.length - 1));
    expect(chunks.at(-1)?.usage).toEqual({ promptTokens: 96, completionTokens: 160, totalTokens: 256 });
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
