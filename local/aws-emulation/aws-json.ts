// The JSON protocols of AWS: the input of a call, and an error as they answer it.
import { isJsonObject } from '../../lib/core/json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsResponse } from './aws-service.ts';

export type JsonInput = Readonly<Record<string, unknown>>;

/** Parses a request body; an empty one is an empty object. Throws SerializationException unless it is a JSON object. */
export function parseInput(body: Buffer): JsonInput {
  try {
    const parsed: unknown = JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'));
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // Reported below, like any other body that is not an object.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}

/** Formats an error for all JSON protocols: some read the type from the body, REST reads it from a header. */
export function formatJsonError({ type, status, members, message }: AwsError): AwsResponse {
  const headers = { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': type };
  return { status, headers, body: JSON.stringify({ __type: type, ...members, Message: message }) };
}
