// What living upstreams write, piece by piece.

/** One event. */
export const event = (value: object | string): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

const head = { id: 'cmpl-1', object: 'text_completion', created: 1_700_000_000, model: 'living' };

/** A chunk of a completion. */
export const chunk = (text: string, reason: unknown = null, more: object = {}): string =>
  event({ ...head, choices: [{ index: 0, text, logprobs: null, finish_reason: reason }], ...more });

/** A chunk of a chat answer. */
export const delta = (fields: object, reason: unknown = null, more: object = {}): string =>
  event({ ...head, choices: [{ index: 0, delta: fields, finish_reason: reason }], ...more });

/** A whole completion. */
export const whole = (text: string, reason: unknown = 'stop', more: object = {}): string =>
  JSON.stringify({ ...head, choices: [{ index: 0, text, finish_reason: reason }], usage, ...more });

/** A whole chat answer. */
export const message = (fields: object, reason: unknown = 'stop', more: object = {}): string =>
  JSON.stringify({
    ...head,
    choices: [{ index: 0, message: { role: 'assistant', ...fields }, finish_reason: reason }],
    usage,
    ...more,
  });

export const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

/** The end of an OpenAI stream. */
export const done = event('[DONE]');

/** A frame of V1. */
export const frame = (index: number, result: string, isEnd: boolean, more: object = {}): string =>
  event({
    id: 'as-1',
    object: 'completion',
    created: 7,
    sentence_id: index,
    is_end: isEnd,
    result,
    is_safe: 1,
    ...more,
  });

/** The events of an answer in either dialect, parsed. */
export function readEvents(text: string): readonly Readonly<Record<string, unknown>>[] {
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => JSON.parse(json) as Record<string, unknown>);
}

/** Streams that have begun and not ended, of which the text is "def fib(n):". */
export const begun = chunk('def fib') + chunk('(n):');
export const begunChat = delta({ role: 'assistant', content: 'def fib' }) + delta({ content: '(n):' });
export const begunV1 = frame(0, 'def fib', false) + frame(1, '(n):', false);
