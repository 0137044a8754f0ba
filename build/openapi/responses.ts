// Responses of the OpenAPI document: bodies, headers, and the errors of each dialect.
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import { createOpenAiErrors, createPlainErrors, createV1Errors, errorCodes } from './examples.ts';
import type { Examples } from './examples.ts';
import type { responseSchemas } from './response-schemas.ts';

export type SchemaName = keyof typeof responseSchemas;

const text = { type: 'string' };
const digits = { type: 'string', pattern: '^[0-9]+$' };

/** By the name each has under `components.headers`. */
export const headers = {
  'X-Request-Id': { description: 'Names the request in the log and in errors.', required: true, schema: text },
  'X-Baidu-Request-Id': { description: 'The header `request_id` of the request, if it had one.', schema: text },
  'X-Upstream': { description: 'Who answered, when the first upstream did not.', schema: text },
  'X-Upstream-Fallback': {
    description: 'Who did not answer, and why; `maybe-charged` when the request may have been served all the same.',
    schema: text,
  },
  'X-Ignored-Parameters': {
    description: 'The parameters of the request that were ignored, separated by commas; not there when none were.',
    schema: text,
  },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: digits,
  },
  Allow: { description: 'The methods that are served here.', required: true, schema: text },
  'WWW-Authenticate': { description: 'How to prove who one is.', required: true, schema: text },
  'Accept-Encoding': { description: 'The codings that a body is read in.', required: true, schema: text },
  'X-Should-Retry': {
    description: 'There, and `false`, when sending the request again does not help.',
    schema: { const: 'false' },
  },
  'Idempotent-Replayed': {
    description: 'There when the answer is the one that the same request with this Idempotency-Key got before.',
    schema: { const: 'true' },
  },
  'X-Ratelimit-Limit-Requests': { description: 'Requests the client may send in a minute.', schema: digits },
  'X-Ratelimit-Remaining-Requests': { description: 'Requests left in this minute.', schema: digits },
  'X-Ratelimit-Reset-Requests': { description: 'Until the next minute, such as `12s`.', schema: text },
  'X-Ratelimit-Limit-Tokens': { description: 'Tokens the client may use in a day of UTC.', schema: digits },
  'X-Ratelimit-Remaining-Tokens': { description: 'Tokens left on this day.', schema: digits },
  'X-Ratelimit-Reset-Tokens': { description: 'Until the next day, such as `13h4m2s`.', schema: text },
  'Cache-Control': { description: 'How long the answer may be kept.', schema: text },
  'X-Bce-Error-Code': { description: 'The same as `code`.', schema: text },
  'X-Bce-Error-Message': { description: 'The same as `message`.', schema: text },
} as const;

export type HeaderName = keyof typeof headers;

const always: readonly HeaderName[] = ['X-Request-Id', 'X-Baidu-Request-Id'];
/** What a completion may have besides. */
export const completionHeaders: readonly HeaderName[] = [
  'X-Upstream',
  'X-Upstream-Fallback',
  'X-Ignored-Parameters',
  'Idempotent-Replayed',
  'X-Should-Retry',
  'Retry-After',
  'X-Ratelimit-Limit-Requests',
  'X-Ratelimit-Remaining-Requests',
  'X-Ratelimit-Reset-Requests',
  'X-Ratelimit-Limit-Tokens',
  'X-Ratelimit-Remaining-Tokens',
  'X-Ratelimit-Reset-Tokens',
];

/** What an answer of a status has besides. */
const listHeaders = (status: number): readonly HeaderName[] => refusalHeaders[status] ?? [];
const refusalHeaders: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  415: ['Accept-Encoding'],
};

export const refer = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/** A body of JSON: one schema, or one of several. */
export function describeJson(schemas: readonly SchemaName[], examples: Examples): object {
  const [only, ...others] = schemas.map(refer);
  const schema = others.length === 0 ? only : { oneOf: [only, ...others] };
  return { 'application/json': { schema, examples } };
}

/**
 * A body of server-sent events. OpenAPI 3.1 cannot say what their data is, so `x-events` does: JSON of one of the
 * schemas, or one of the literals.
 */
export function describeEvents(data: readonly SchemaName[], literals: readonly string[], examples: Examples): object {
  return {
    'text/event-stream': {
      schema: { type: 'string', description: 'Events of one line, `data: …`, and a blank line.' },
      'x-events': { data: { anyOf: data.map(refer) }, literals },
      examples,
    },
  };
}

export function describeResponse(description: string, content: object, more: readonly HeaderName[] = []): object {
  const names = [...always, ...more];
  const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return { description, headers: Object.fromEntries(references) as object, content };
}

/** Errors of the table by their HTTP status, as one component for each status. */
function groupByStatus(describe: (codes: readonly ErrorCode[], status: number) => object): Map<number, object> {
  const groups = Map.groupBy(errorCodes, (code) => errorTable[code].status as number);
  const sorted = [...groups].toSorted(([a], [b]) => a - b);
  return new Map(sorted.map(([status, codes]) => [status, describe(codes, status)]));
}

const openAiErrors = groupByStatus((codes, status) =>
  describeResponse(`One of: ${codes.join(', ')}`, describeJson(['OpenAiError'], createOpenAiErrors(codes)), [
    ...completionHeaders,
    ...listHeaders(status),
  ]),
);

/** By the name each has under `components.responses`. */
export function createComponentResponses(): object {
  return Object.fromEntries([...openAiErrors].map(([status, response]) => [`OpenAiError${status}`, response]));
}

/** References to the errors of the OpenAI dialect, by status. Default: all. */
export function referToOpenAiErrors(statuses: readonly number[] = [...openAiErrors.keys()]): object {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/OpenAiError${status}` }]),
  );
}

/** The errors outside both dialects. */
export function describePlainErrors(codes: readonly ErrorCode[]): object {
  const groups = Map.groupBy(codes, (code) => errorTable[code].status as number);
  return Object.fromEntries(
    [...groups].map(([status, each]) => [
      status,
      describeResponse(each.join(', '), describeJson(['PlainError'], createPlainErrors(each)), listHeaders(status)),
    ]),
  );
}

/** Every error as the V1 dialect shows it. */
export function createAllV1Errors(): Examples {
  return createV1Errors(errorCodes);
}
