// Any OpenAI-compatible completions server as an Upstream: Qianfan V2, vLLM, llama.cpp …
import type { CompletionRequest, Upstream } from '../core/completion.ts';
import { createStatusError, decodeOpenAiError } from '../dialects/openai/error.ts';
import { encodeOpenAiRequest } from '../dialects/openai/completions-request.ts';
import { createOpenAiEventReader, decodeOpenAiCompletion } from '../dialects/openai/completions-response.ts';
import type { AnswerReader } from './answer.ts';
import { createUpstream } from './create-upstream.ts';
import type { EndpointRequest, Send } from './send.ts';

/** How answers of OpenAI-compatible servers are read. */
export const openAiReader: AnswerReader = {
  readBody: decodeOpenAiCompletion,
  createEventReader: createOpenAiEventReader,
  readError: (status, value) => decodeOpenAiError(value, status) ?? createStatusError(status),
};

/**
 * Creates the upstream; `send` brings credentials and retry.
 *
 * @param baseUrl Up to and with the version, without a trailing slash, e.g. `https://qianfan.baidubce.com/v2`.
 */
export function createOpenAiUpstream(baseUrl: string, send: Send): Upstream {
  const chatUrl = new URL(`${baseUrl}/chat/completions`);
  const completionsUrl = new URL(`${baseUrl}/completions`);
  return createUpstream(send, (request: CompletionRequest, stream: boolean): EndpointRequest => ({
    method: 'POST',
    url: request.model.isChat ? chatUrl : completionsUrl,
    headers: { 'Content-Type': 'application/json' },
    body: encodeOpenAiRequest(request, stream),
    endpoint: request.model.upstreamModel,
  }));
}
