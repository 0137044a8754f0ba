// Chat in the OpenAI dialect, as far as it serves completions: a chat model is asked to answer the prompt.
import type { PenaltyName } from '../../core/penalty-names.ts';
import type { BackCodec } from '../codec.ts';
import { encodeParameters } from './completions-request.ts';
import { openAiCompletionsUpstream } from './completions.ts';

/**
 * Towards an OpenAI-compatible server that serves the model by chat only. The prompt is the one message of the user, as the
 * official SDKs convert it.
 *
 * @param penaltyName The one name under which the server is sent penalty_score. Default: all names.
 */
export const createOpenAiChatUpstream = (penaltyName?: PenaltyName): BackCodec => ({
  ...openAiCompletionsUpstream,
  path: () => '/chat/completions',
  encode: (request, stream) =>
    JSON.stringify({
      model: request.model.upstreamModel,
      messages: [
        ...(request.system === undefined ? [] : [{ role: 'system', content: request.system }]),
        { role: 'user', content: request.prompt },
      ],
      ...encodeParameters(request, stream, penaltyName),
    }),
});

/** The same with all names. */
export const openAiChatUpstream: BackCodec = createOpenAiChatUpstream();
