// Answers in JSON, and the header that says when to come again.
import type { HttpResponse } from './http.ts';

/** Of a body that is JSON. */
export const jsonHeaders = { 'Content-Type': 'application/json' } as const;

/** Creates an answer whose body is the value in JSON. */
export function createJsonResponse(
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse & { readonly body: string } {
  return { status, headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(value) };
}

/** `Retry-After` of an error that knows its seconds; of any other no header. */
export function retryAfterHeader({
  retryAfterSeconds,
}: {
  readonly retryAfterSeconds: number | undefined;
}): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
}
