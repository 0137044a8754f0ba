// What an answer holds that the contract has no word for: fields of the answer, such as `timings`, and of its choice.
import type { Extras } from '../../core/completion.ts';
import { isJsonObject } from '../../core/json.ts';
import { withoutNull } from './choice.ts';
import { openAiDialect } from './dialect.ts';

export interface AnswerExtras {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly choice: Readonly<Record<string, unknown>>;
}

const none: AnswerExtras = { answer: {}, choice: {} };

/** Reads what an answer, or a chunk of one, holds besides; undefined when that is nothing. */
export function readAnswerExtras(
  value: Readonly<Record<string, unknown>>,
  choice: Readonly<Record<string, unknown>> = {},
): Extras | undefined {
  const { id: _id, object: _object, created: _created, model: _model, ...rest } = value;
  const { choices: _choices, usage: _usage, error: _error, error_code: _code, error_msg: _message, ...others } = rest;
  const answer = withoutNull(others);
  const isEmpty = Object.keys(answer).length === 0 && Object.keys(choice).length === 0;
  return isEmpty ? undefined : { dialect: openAiDialect, fields: { answer, choice } };
}

/** The extras of another dialect are nothing here. */
export function unpackExtras(extras: Extras | undefined): AnswerExtras {
  if (extras?.dialect !== openAiDialect) return none;
  const { answer, choice } = extras.fields;
  return { answer: isJsonObject(answer) ? answer : {}, choice: isJsonObject(choice) ? choice : {} };
}

/** What two chunks of one text hold; the later one counts where both have a field. */
export function mergeExtras(one: Extras | undefined, other: Extras | undefined): Extras | undefined {
  if (one === undefined || other === undefined) return other ?? one;
  const [first, second] = [unpackExtras(one), unpackExtras(other)];
  const fields = { answer: { ...first.answer, ...second.answer }, choice: { ...first.choice, ...second.choice } };
  return { dialect: openAiDialect, fields };
}
