// The answers shown as examples in the OpenAPI document, written by the gateway's own encoders where it has them.
import type { Completion, CompletionChunk } from '../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import type { StreamEncoder } from '../../lib/dialects/codec.ts';
import { encodeV1Error } from '../../lib/dialects/qianfan-v1/error.ts';
import { openAiCompletions } from '../../lib/dialects/openai/completions.ts';
import { openAiFimCompletions } from '../../lib/dialects/openai/fim-completions.ts';
import { qianfanV1Completions } from '../../lib/dialects/qianfan-v1/completions.ts';
import { encodeOpenAiError } from '../../lib/dialects/openai/error.ts';
import { readErrorMeanings } from './read-error-meanings.ts';

export interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

export type Examples = Readonly<Record<string, Example>>;

const requestId = '1f6c0a52-7d0e-4c63-9d56-0a1b2c3d4e5f';
const meanings = readErrorMeanings();

/** Every code of the error table, in its order. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

const completion: Completion = {
  id: 'as-rq3wwusja8',
  createdSeconds: 1693811110,
  text: 'def maximum(numbers):\n    return max(numbers)\n',
  isSafe: true,
  usage: { promptTokens: 12, completionTokens: 11, totalTokens: 23 },
  finishReason: 'stop',
};

const chunks: readonly CompletionChunk[] = [
  { ...completion, text: 'def maximum(numbers):\n', isEnd: false, usage: countUsage(6) },
  { ...completion, text: '    return max(numbers)\n', isEnd: true, usage: countUsage(11) },
];

function countUsage(completionTokens: number): NonNullable<Completion['usage']> {
  return { promptTokens: 12, completionTokens, totalTokens: 12 + completionTokens };
}

const v1Asked = { model: 'starcoder', stream: true, texts: [{ prompt: 'def maximum(numbers):' }] };
const openAiAsked = { ...v1Asked, model: 'StarCoder', echo: false, includeUsage: true };

/** The whole V1 answer. */
export const v1Completion: unknown = JSON.parse(qianfanV1Completions.encodeWhole(v1Asked, [completion]));

/** V1 streams: one that is whole, and one that fails after its first frame. */
export function createV1Streams(): Examples {
  return createStreams('frame', () => qianfanV1Completions.createStreamEncoder(v1Asked, requestId));
}

/** The whole OpenAI answer. */
export const openAiCompletion: unknown = JSON.parse(openAiCompletions.encodeWhole(openAiAsked, [completion]));

/** OpenAI streams: one that is whole, and one that fails after its first event. */
export function createOpenAiStreams(): Examples {
  return createStreams('event', () => openAiCompletions.createStreamEncoder(openAiAsked, requestId));
}

/** The same in the middle of a text, as Mistral's clients read it. */
export const fimCompletion: unknown = JSON.parse(openAiFimCompletions.encodeWhole(openAiAsked, [completion]));

/** Streams of it: one that is whole, and one that fails after its first event. */
export function createFimStreams(): Examples {
  return createStreams('event', () => openAiFimCompletions.createStreamEncoder(openAiAsked, requestId));
}

function createStreams(piece: string, createEncoder: () => StreamEncoder): Examples {
  const whole = createEncoder();
  const texts = chunks.map((chunk) => whole.encode(chunk, 0)).join('');
  const broken = createEncoder();
  const beginning = chunks.slice(0, 1).map((chunk) => broken.encode(chunk, 0));
  const end = broken.fail(createError('upstream_truncated'));
  return {
    whole: { summary: 'A stream that is whole', value: texts + whole.end(countUsage(11)) },
    failed: { summary: `A stream that fails after its first ${piece}`, value: `${beginning.join('')}${end}` },
  };
}

/** The errors of some codes, in the V1 dialect. */
export function createV1Errors(codes: readonly ErrorCode[]): Examples {
  return createErrors(codes, (error) => JSON.parse(encodeV1Error(error, requestId)) as unknown);
}

/** The errors of some codes, in the OpenAI dialect. */
export function createOpenAiErrors(codes: readonly ErrorCode[]): Examples {
  return createErrors(codes, (error) => JSON.parse(encodeOpenAiError(error)) as unknown);
}

/** The errors of some codes, outside both dialects. */
export function createPlainErrors(codes: readonly ErrorCode[]): Examples {
  return createErrors(codes, ({ code, message }) => ({ error: { code, message } }));
}

/** Every error: its place in both dialects, what it means and what helps. */
export function listErrors(): readonly object[] {
  return errorCodes.map((code) => {
    const { status, errorCode, retryable } = errorTable[code];
    return { code, status, error_code: errorCode, retryable, meaning: meanings[code] };
  });
}

function createErrors(codes: readonly ErrorCode[], encode: (error: GatewayError) => unknown): Examples {
  return Object.fromEntries(codes.map((code) => [code, { value: encode(createError(code)) }]));
}

/** Real messages say more; the first sentence of what the code means is true of all of them. */
function createError(code: ErrorCode): GatewayError {
  return new GatewayError(code, meanings[code].replace(/\. .*$/, '').replace(/\.$/, ''));
}
