// The bodies of completion requests as schemas of the OpenAPI document: the gateway's own, with a text for each field.
import * as z from 'zod';
import { maxStopCharacters, v1Fields } from '../../lib/dialects/qianfan-v1/completions-request.ts';
import { maxChoices, completionsBodySchema } from '../../lib/dialects/openai/completions-request.ts';
import { passedParameters } from '../../lib/dialects/openai/passed-parameters.ts';
import type { FieldText, JsonSchema } from './json-schema.ts';
import { createComponentSchemas, describeProperties } from './json-schema.ts';

const shared = {
  stream: { description: 'Whether the answer comes as it is written, as server-sent events. Default: false.' },
  top_k: { description: 'How many of the most probable tokens each token is chosen from; more make texts vary more.' },
  top_p: { description: 'How much probability the tokens to choose from have together; more makes texts vary more.' },
  penalty_score: { description: 'Makes repetition less likely; the higher, the less.' },
} satisfies Readonly<Record<string, FieldText>>;

const v1Texts: Readonly<Record<string, FieldText>> = {
  ...shared,
  prompt: { description: 'The text to continue.' },
  temperature: { description: 'Higher values make texts more random, lower ones more focused. It cannot be 0.' },
  stop: {
    description: 'The text ends when it ends with one of these, which stays part of it.',
    more: { items: { type: 'string', maxLength: maxStopCharacters } },
  },
  user_id: { description: 'The end user, as the caller names them.' },
  max_output_tokens: { description: 'At most so many tokens are written; a longer text is cut.' },
  system: { description: 'What a chat model is told beside the prompt; a completion model refuses it.' },
};

const openAiTexts: Readonly<Record<string, FieldText>> = {
  ...shared,
  model: { description: 'Name of a model, or the endpoint of a custom service.' },
  prompt: { description: `The text to continue, or several. Prompts × n are at most ${maxChoices}.` },
  suffix: {
    description:
      'What comes after the text, which then fills in the middle. Refused for models that cannot, with the setting to change.',
  },
  stream_options: { description: '`include_usage`: whether the usage comes in a chunk before the end of a stream.' },
  max_tokens: { description: 'At most so many tokens are written.' },
  max_completion_tokens: { description: 'The same as `max_tokens`, which counts.' },
  temperature: { description: 'Higher values make texts more random. Qianfan V1 takes at most 1 and gets 0.01 for 0.' },
  n: { description: 'How many texts to write for each prompt. Default: 1.' },
  stop: {
    description: 'The text ends before the first of these that is complete in it.',
  },
  echo: { description: 'Whether each text begins with its prompt. Default: false.' },
  user: { description: 'The end user, as the caller names them.' },
  presence_penalty: { description: 'Against tokens that are in the text already. Not for Qianfan V1, but for 0.' },
  frequency_penalty: {
    description: 'Against tokens by how often they are in the text. Not for Qianfan V1, but for 0.',
  },
  seed: { description: 'The same seed makes the same text more likely. Not for Qianfan V1.' },
  user_id: { description: "The same as `user`, in Qianfan's words; `user` counts." },
};

/** By the name each has under `components.schemas`. */
export function createRequestSchemas(): Readonly<Record<string, JsonSchema>> {
  const { V1Request = {}, OpenAiRequest = {} } = createComponentSchemas({
    V1Request: z.object(v1Fields()),
    OpenAiRequest: completionsBodySchema(),
  });
  const messages =
    'Fields that are not listed are ignored; null means "not set". In place of `prompt`, `messages` with one message of the user is taken.';
  const passed = `Passed on to an OpenAI-compatible upstream, and refused for Qianfan V1 unless they ask for nothing: ${Object.values(passedParameters).flat().join(', ')}. Other fields that are not listed are ignored; null means "not set".`;
  return {
    V1Request: { description: messages, ...describeProperties(V1Request, v1Texts) },
    OpenAiRequest: { description: passed, ...describeProperties(OpenAiRequest, openAiTexts) },
  };
}
