// Validates an OpenAI request body, for completions and for chat, with code of its own instead of the gateway's.
import {
  booleanField,
  isFields,
  isProblem,
  isStrings,
  mistyped,
  mistypedUnless,
  numberWithin,
  outOfRange,
  outOfRangeUnless,
  positiveInteger,
  readFields,
  stringField,
} from './body-checks.ts';
import type { BodyProblem, Checks, Fields } from './body-checks.ts';

/** What the caller sends: a prompt (`text`), or the messages of a chat. */
export type AnswerKind = 'text' | 'chat';

/** The fields of a V2 body that the answer depends on. */
export interface V2Body {
  readonly model: string;
  /** One for each item of a prompt array. A chat makes one prompt. */
  readonly prompts: readonly string[];
  readonly stream: boolean;
  readonly includesUsage: boolean;
  readonly stop: readonly string[];
  readonly maxTokens: number | undefined;
  /** `n`: how many answers each prompt gets. */
  readonly copies: number;
  readonly echoes: boolean;
}

const commonChecks: Checks = {
  model: checkModel,
  stream: booleanField('stream'),
  stream_options: checkStreamOptions,
  stop: checkStop,
  max_tokens: positiveInteger('max_tokens'),
  temperature: numberWithin('temperature', 0, 2),
  top_p: numberWithin('top_p', 0, 1),
  n: checkCopies,
  presence_penalty: numberWithin('presence_penalty', -2, 2),
  frequency_penalty: numberWithin('frequency_penalty', -2, 2),
  user: stringField('user'),
  top_k: positiveInteger('top_k'),
  penalty_score: numberWithin('penalty_score', 1, 2),
};

const checksByKind: Readonly<Record<AnswerKind, Checks>> = {
  text: { ...commonChecks, prompt: checkPrompt, echo: booleanField('echo') },
  chat: {
    ...commonChecks,
    messages: checkMessages,
    max_completion_tokens: positiveInteger('max_completion_tokens'),
  },
};

const required = new Set(['model', 'prompt', 'messages']);

/**
 * Reads an OpenAI body. `null` counts as absent, as at OpenAI. The limits are OpenAI's and, for `top_k` and
 * `penalty_score`, those of V1, because Baidu does not publish its limits for this route.
 */
export function validateV2Body(bytes: Uint8Array, kind: AnswerKind): V2Body | BodyProblem {
  const isAbsent = (value: unknown, name: string): boolean => (value ?? undefined) === undefined && !required.has(name);
  const read = readFields(bytes, checksByKind[kind], isAbsent);
  if (isProblem(read)) return read;
  const { fields } = read;
  const stream = fields['stream'] === true;
  const streamOptions = fields['stream_options'] as Fields | null | undefined;
  if (isFields(streamOptions) && !stream) return outOfRange('stream_options needs stream to be true');
  const maxTokens = kind === 'chat' ? (fields['max_completion_tokens'] ?? fields['max_tokens']) : fields['max_tokens'];
  return {
    model: fields['model'] as string,
    prompts: kind === 'chat' ? [joinMessages(fields['messages'] as readonly Fields[])] : list(fields['prompt']),
    stream,
    includesUsage: streamOptions?.['include_usage'] === true,
    stop: list(fields['stop'] ?? []),
    maxTokens: (maxTokens ?? undefined) as number | undefined,
    copies: (fields['n'] ?? 1) as number,
    echoes: kind === 'text' && fields['echo'] === true,
  };
}

function checkModel(value: unknown): BodyProblem | undefined {
  if (value === undefined || value === null || value === '') return { errorCode: 336005, message: 'model is empty' };
  return mistypedUnless(typeof value === 'string', 'model must be a string');
}

function checkPrompt(value: unknown): BodyProblem | undefined {
  if (typeof value !== 'string' && !isStrings(value)) {
    return mistyped('prompt is required and must be a string or a list of strings');
  }
  const prompts = list(value);
  return outOfRangeUnless(prompts.length > 0 && !prompts.includes(''), 'prompt must not be empty');
}

function checkMessages(value: unknown): BodyProblem | undefined {
  if (!Array.isArray(value)) return mistyped('messages is required and must be a list');
  const isFit = value.every((message) => isFields(message) && typeof message['role'] === 'string');
  if (!isFit) return mistyped('each item of messages must be an object with a role and a content');
  const contents = value.map((message: Fields) => contentOf(message));
  if (contents.includes(undefined))
    return mistyped('each content of messages must be a string or a list of text parts');
  return outOfRangeUnless(contents.join('') !== '', 'messages must not be empty');
}

function checkStop(value: unknown): BodyProblem | undefined {
  if (typeof value !== 'string' && !isStrings(value)) return mistyped('stop must be a string or a list of strings');
  const items = list(value);
  return outOfRangeUnless(
    items.length <= 4 && !items.includes(''),
    'stop must have at most 4 items, none of them empty',
  );
}

function checkStreamOptions(value: unknown): BodyProblem | undefined {
  if (!isFields(value)) return mistyped('stream_options must be an object');
  const includesUsage = value['include_usage'] ?? false;
  return mistypedUnless(typeof includesUsage === 'boolean', 'stream_options.include_usage must be true or false');
}

function checkCopies(value: unknown): BodyProblem | undefined {
  return (
    positiveInteger('n')(value) ?? outOfRangeUnless(typeof value === 'number' && value <= 128, 'n must be at most 128')
  );
}

/** Joins the texts of the messages, one below the other, to the prompt that is continued. */
function joinMessages(messages: readonly Fields[]): string {
  return messages.map((message) => contentOf(message) ?? '').join('\n');
}

function contentOf({ content }: Fields): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => (isFields(part) && part['type'] === 'text' ? part['text'] : undefined));
  return isStrings(texts) ? texts.join('') : undefined;
}

function list(value: unknown): readonly string[] {
  return (typeof value === 'string' ? [value] : value) as readonly string[];
}
