// Rules of JSON and of lines that the readers of several SDKs share.
import { isJsonObject } from '../../../lib/core/json.ts';
import type { SdkResult } from './sdk-wire.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Parses an object, or fails as `what` does. */
export function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what}: not JSON: ${text.slice(0, 80)}`);
  }
  if (!isJsonObject(value)) throw new Error(`${what}: not an object: ${text.slice(0, 80)}`);
  return value;
}

/** Fails unless every field named that is present is a whole number: Java and Go have typed fields, and no booleans. */
export function requireIntegers(value: JsonObject, names: readonly string[], what: string): void {
  for (const name of names) {
    if (value[name] !== undefined && !Number.isInteger(value[name])) throw new Error(`${what}: ${name} is no integer`);
  }
}

/** Fails unless every field named that is present is a text. */
export function requireTexts(value: JsonObject, names: readonly string[], what: string): void {
  for (const name of names) {
    if (value[name] !== undefined && typeof value[name] !== 'string') throw new Error(`${what}: ${name} is no text`);
  }
}

/** A field that is read as a text; it may be absent, but of no other type. */
export function textOf(value: JsonObject, name: string): string {
  const text = value[name] ?? '';
  if (typeof text !== 'string') throw new Error(`${name} is no text`);
  return text;
}

/** Takes a parsed answer for a result. */
export function toResult(value: JsonObject, what: string): SdkResult {
  const { result } = value;
  if (typeof result !== 'string') throw new Error(`${what}: no result and no error`);
  return { ...value, result };
}

/**
 * The lines of a stream in UTF-8, split at LF alone: a CR breaks the Node SDK. The last element is what follows the
 * last LF.
 */
export function splitLines(body: Buffer, what: string): string[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (text.includes('\r')) throw new Error(`${what}: a CR in the stream`);
  return text.split('\n');
}
