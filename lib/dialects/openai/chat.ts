// Chat in the OpenAI dialect, as far as it serves completions: a chat model is asked to answer the prompt.
import { GatewayError } from '../../core/errors.ts';
import type { BackCodec } from '../codec.ts';
import { encodeParameters } from './completions-request.ts';
import { openAiCompletionsUpstream } from './completions.ts';

/**
 * Towards an OpenAI-compatible server that serves the model by chat only. The prompt is the one message of the user, as the
 * official SDKs convert it.
 */
export const openAiChatUpstream: BackCodec = {
  ...openAiCompletionsUpstream,
  path: () => '/chat/completions',
  encode: (request, stream) => {
    const { model, prompt, tokens } = request;
    if (tokens !== undefined) {
      const message = `prompt must be a text for ${model.name}, which is served as a chat model, not token ids`;
      throw new GatewayError('invalid_parameter', message, { parameter: 'prompt' });
    }
    const system = request.system === undefined ? [] : [{ role: 'system', content: request.system }];
    const messages = [...system, { role: 'user', content: prompt }];
    return JSON.stringify({ model: model.upstreamModel, messages, ...encodeParameters(request, stream) });
  },
};
