// What is known about one request when it ends: one log line, free of prompts, texts and secrets.
import { describeCall, isOwnFault } from '../core/call-record.ts';
import type { CallRecord } from '../core/call-record.ts';
import { errorTable } from '../core/errors.ts';
import { countOne } from '../core/log.ts';
import type { Log, Metric, Metrics } from '../core/log.ts';

/** Asked by monitors, which are no callers. */
const healthPattern = '/health';

/** How the patterns of the routes that complete a text end, in every dialect. */
const completionPattern = /\/(?:chat\/)?completions$|\/(?:chat|completions)\/\{endpoint\}$/;

/** What is known of a request, besides the call that it makes. */
export interface RequestRecord extends CallRecord {
  route?: string;
  clientId?: string;
  stream?: boolean;
  firstEventAtMs?: number;
  /** Whether the answer is one that was given before; nothing was asked of an upstream for it. */
  replayed?: boolean;
}

export interface RequestEnd {
  readonly requestId: string;
  readonly method: string;
  readonly status: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Writes the line: `error` for our own faults, `warn` for other failures, else `info`. */
export function logRequest(log: Log, record: RequestRecord, end: RequestEnd): void {
  const level = isOwnFault(record) ? 'error' : record.error === undefined ? 'info' : 'warn';
  const fields = {
    request_id: end.requestId,
    method: end.method,
    route: record.route,
    client_id: record.clientId,
    stream: record.stream,
    status: end.status,
    replayed: record.replayed,
    first_event_ms: record.firstEventAtMs === undefined ? undefined : record.firstEventAtMs - end.startedAtMs,
    duration_ms: end.endedAtMs - end.startedAtMs,
    ...describeCall(record),
  };
  log(level, 'request', fields, record.route === healthPattern ? {} : measure(record, end));
}

/**
 * The names are those of OpenTelemetry's conventions where there is one
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/). A failure is counted by whose it is, whatever
 * HTTP status its dialect gives it.
 */
function measure(record: RequestRecord, end: RequestEnd): Metrics {
  const { error, firstEventAtMs, usage, rescues, attempts = 0 } = record;
  const { startedAtMs, endedAtMs } = end;
  const seconds = (ms: number): Metric => ({ value: ms / 1_000, unit: 'Seconds' });
  const count = (value: number | undefined): Metric | undefined =>
    value === undefined ? undefined : { value, unit: 'Count' };
  const fault = error === undefined ? undefined : errorTable[error.code].fault;
  const isFailure = fault === 'upstream' || fault === 'gateway';
  const isCompletion = isAcceptedCompletion(record, end, fault === 'caller_limit');
  // A request that no upstream was asked for took no time that says anything.
  const isTimed = isCompletion && attempts > 0;
  return {
    requests: countOne,
    errors: isFailure ? countOne : undefined,
    failed_completions: isCompletion ? { value: isFailure ? 1 : 0, unit: 'Count' } : undefined,
    upstream_limits: fault === 'upstream_limit' ? countOne : undefined,
    client_limits: fault === 'caller_limit' ? countOne : undefined,
    client_errors: fault === 'caller' ? countOne : undefined,
    stream_rescues: count(rescues?.length),
    'gen_ai.server.request.duration': isTimed ? seconds(endedAtMs - startedAtMs) : undefined,
    'gen_ai.server.time_to_first_token':
      isTimed && firstEventAtMs !== undefined ? seconds(firstEventAtMs - startedAtMs) : undefined,
    'gen_ai.usage.input_tokens': count(usage?.promptTokens),
    'gen_ai.usage.output_tokens': count(usage?.completionTokens),
  };
}

/**
 * Whether a request asked for a completion that the gateway had to give: neither refused for a fault or a limit of its caller,
 * nor left by the caller, nor answered with what was kept for an Idempotency-Key. Alarms watch these alone.
 */
function isAcceptedCompletion(
  { route = '', error, replayed }: RequestRecord,
  { method }: RequestEnd,
  isOwnLimit: boolean,
): boolean {
  if (method !== 'POST' || !completionPattern.test(route) || replayed) return false;
  return error === undefined || error.status >= 500 || (error.status === 429 && !isOwnLimit);
}
