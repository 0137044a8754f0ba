// Fill in the middle as Mistral's clients ask for it: `POST /v1/fim/completions`, answered like chat.
import { addUsage } from '../../core/usage.ts';
import type { FrontCodec } from '../codec.ts';
import { parseRequestBody } from '../request-body.ts';
import { createCompletionsEncoder, encodeCompletions } from './answer-writer.ts';
import type { AnswerShape } from './answer-writer.ts';
import { openAiCompletions } from './completions.ts';
import { decodeCompletionsBody } from './completions-request.ts';
import type { CompletionsRequest } from './completions-request.ts';

const chatShape: AnswerShape = {
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  encodeText: (content) => ({ message: { role: 'assistant', content } }),
  encodePiece: (content, isFirst) => ({ delta: isFirst ? { role: 'assistant', content } : { content } }),
};

/**
 * Towards callers. The body is that of completions, whose `seed` Mistral calls `random_seed`
 * (https://docs.mistral.ai/api/endpoint/fim); without a suffix the prompt is continued.
 */
export const openAiFimCompletions: FrontCodec<CompletionsRequest> = {
  ...openAiCompletions,
  paths: ['/v1/fim/completions'],
  decode: (bodyText) => {
    const { random_seed: randomSeed, ...body } = parseRequestBody(bodyText);
    return decodeCompletionsBody({ ...body, seed: body['seed'] ?? randomSeed });
  },
  encodeWhole: (asked, completions) => {
    const usages = completions.map(({ usage }) => usage);
    return encodeCompletions(asked, completions, usages.reduce(addUsage, undefined), chatShape);
  },
  createStreamEncoder: (asked) => createCompletionsEncoder(asked, chatShape),
};
