// Builds the body of a request from what the user typed.
import type { Limits, Parameter } from '../catalog/catalog.ts';
import type { Call } from './call.ts';

/** JSON without null, which cannot be typed. */
export type JsonValue = string | number | boolean | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Builds the body of the call in its dialect; parameters that are not set are left out. */
export function buildBody(call: Call, parameters: readonly Parameter[]): JsonObject {
  return {
    ...(call.dialect === 'openai' ? { model: call.model.trim() } : {}),
    prompt: call.prompt,
    ...(call.stream ? { stream: true } : {}),
    ...readValues(call, parameters),
  };
}

/** Returns the parameters that are set. Those of streams are left out of a sync call. */
export function readValues(call: Call, parameters: readonly Parameter[]): JsonObject {
  const body: Record<string, JsonValue> = {};
  for (const { name, parent, limits } of parameters) {
    const value = parseValue(call.values[name] ?? '', limits);
    if (value === undefined || (parent === 'stream_options' && !call.stream)) continue;
    if (parent === undefined) body[name] = value;
    else body[parent] = { ...(body[parent] as JsonObject | undefined), [name]: value };
  }
  return body;
}

/** Reads what was typed. A text that is not a number stays a text, so that the gateway can say what is wrong with it. */
export function parseValue(text: string, { kind }: Limits): JsonValue | undefined {
  // White space is a text like any other: a suffix may be a line break.
  if (kind === 'text') return text === '' ? undefined : text;
  if (text.trim() === '') return undefined;
  if (kind === 'boolean') return text === 'true';
  if (kind === 'texts') {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('\\n', '\n').replaceAll('\\t', '\t'));
  }
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** Whether a value that was typed is within the limits. A value that is not set is. */
export function isWithin(text: string, limits: Limits): boolean {
  const value = parseValue(text, limits);
  if (value === undefined) return true;
  const { kind, minimum, maximum, maxItems, maxCharacters } = limits;
  if (Array.isArray(value)) {
    const longest = Math.max(0, ...value.map((item) => Array.from(String(item)).length));
    return value.length <= (maxItems ?? Infinity) && longest <= (maxCharacters ?? Infinity);
  }
  if (kind !== 'number' && kind !== 'integer') return true;
  if (typeof value !== 'number' || (kind === 'integer' && !Number.isInteger(value))) return false;
  const isAboveMinimum = limits.isMinimumExclusive ? value > (minimum ?? -Infinity) : value >= (minimum ?? -Infinity);
  return isAboveMinimum && value <= (maximum ?? Infinity);
}
