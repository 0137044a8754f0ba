// Completions in the OpenAI dialect: `POST /v1/completions` and, as at Qianfan V2, `/v2/completions`.
import { addUsage } from '../../core/usage.ts';
import type { PenaltyName } from '../../core/penalty-names.ts';
import type { BackCodec, FrontCodec } from '../codec.ts';
import { createOpenAiReader } from './answer-reader.ts';
import { createCompletionsEncoder, encodeCompletions } from './answer-writer.ts';
import { decodeCompletionsRequest, encodeCompletionsRequest } from './completions-request.ts';
import type { CompletionsRequest } from './completions-request.ts';
import { openAiDialect } from './dialect.ts';
import { answerOpenAiError, createStatusError, decodeOpenAiError } from './error.ts';

/** Towards callers. */
export const openAiCompletions: FrontCodec<CompletionsRequest> = {
  dialect: openAiDialect,
  paths: ['/v1/completions', '/v2/completions'],
  proof: 'bearer',
  slowsDownByTokenLimit: false,
  decode: decodeCompletionsRequest,
  encodeWhole: (asked, completions) => {
    const usages = completions.map(({ usage }) => usage);
    return encodeCompletions(asked, completions, usages.reduce(addUsage, undefined));
  },
  createStreamEncoder: (asked) => createCompletionsEncoder(asked),
  encodeError: answerOpenAiError,
};

/**
 * Towards any OpenAI-compatible completions server: Qianfan V2, vLLM, llama.cpp …
 *
 * @param penaltyName The one name under which the server is sent penalty_score. Default: all names.
 */
export const createOpenAiCompletionsUpstream = (penaltyName?: PenaltyName): BackCodec => ({
  dialect: openAiDialect,
  path: () => '/completions',
  endpoint: ({ model }) => model.upstreamModel,
  encode: (request, stream) => encodeCompletionsRequest(request, stream, penaltyName),
  createReader: createOpenAiReader,
  readError: (status, value) => decodeOpenAiError(value, status) ?? createStatusError(status),
});

/** The same with all names. */
export const openAiCompletionsUpstream: BackCodec = createOpenAiCompletionsUpstream();
