// The answers of the fuzz target's upstreams: always a completion, in the protocol and form of the request.
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import { encodeAnswer } from './raw-upstream.ts';
import type { SeenRequest } from './raw-upstream.ts';

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

/** Answers V1 and OpenAI completions, told apart by their paths. */
export function answerCompletion({ target, body }: SeenRequest): string {
  const asked = parseJson(body);
  const isStream = isJsonObject(asked) && asked['stream'] === true;
  const events = target.includes('/wenxinworkshop/') ? v1Events() : openAiEvents(isStream);
  if (!isStream) return encodeAnswer('application/json', JSON.stringify(events.at(-1)));
  const frames = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  return encodeAnswer('text/event-stream', frames);
}

function v1Events(): object[] {
  const head = { id: 'as-1', object: 'completion', created: 1, is_safe: 1, usage };
  return [
    { ...head, sentence_id: 0, is_end: false, result: 'A first ' },
    { ...head, sentence_id: 1, is_end: true, result: 'and a last one.' },
  ];
}

function openAiEvents(isStream: boolean): object[] {
  const text = 'A text.';
  const [message, delta] = isStream
    ? [undefined, { content: text }]
    : [{ role: 'assistant', content: text }, undefined];
  const choice = { index: 0, text, message, delta, finish_reason: 'stop' };
  return [{ id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices: [choice], usage }];
}
