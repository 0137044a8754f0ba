// What is known about one request when it ends: one log line, free of prompts, texts and secrets.
import type { Fallback, Rescue, Usage } from '../core/completion.ts';
import type { GatewayError } from '../core/errors.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log, Metric, Metrics } from '../core/log.ts';

/** Asked by monitors, which are no callers. */
const healthPattern = '/health';

/** Filled in by those who handle the request, as they learn it. */
export interface RequestRecord {
  route?: string;
  clientId?: string;
  model?: string;
  endpoint?: string;
  stream?: boolean;
  /** Over all upstreams. */
  attempts?: number;
  /** The upstream that was asked last. */
  upstream?: string;
  fallbacks?: Fallback[];
  firstEventAtMs?: number;
  usage?: Usage | undefined;
  /** Whether more may have been charged than `usage` says. */
  isUsageIncomplete?: boolean;
  rescues?: Rescue[];
  /** Whether the answer is one that was given before; nothing was asked of an upstream for it. */
  replayed?: boolean;
  error?: GatewayError;
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
  const { error } = record;
  const isOurFault = error?.code === 'internal_error' && error.cause !== undefined;
  const level = isOurFault ? 'error' : error === undefined ? 'info' : 'warn';
  const fields = {
    request_id: end.requestId,
    method: end.method,
    route: record.route,
    client_id: record.clientId,
    model: record.model,
    endpoint: record.endpoint,
    stream: record.stream,
    status: end.status,
    code: error?.code,
    error_code: error?.errorCode,
    cause: error?.cause === undefined ? undefined : describeError(error.cause),
    replayed: record.replayed,
    attempts: record.attempts,
    upstream: record.upstream,
    fallback: record.fallbacks?.map(({ from, error: { code } }) => `${from} ${code}`).join(', '),
    maybe_charged_twice: record.fallbacks?.some(({ mayHaveBeenCharged }) => mayHaveBeenCharged),
    first_event_ms: record.firstEventAtMs === undefined ? undefined : record.firstEventAtMs - end.startedAtMs,
    duration_ms: end.endedAtMs - end.startedAtMs,
    prompt_tokens: record.usage?.promptTokens,
    completion_tokens: record.usage?.completionTokens,
    usage_incomplete: record.isUsageIncomplete,
    rescues: record.rescues?.length,
    rescued_from: record.rescues?.map(({ error: { code } }) => code).join(', '),
  };
  log(level, 'request', fields, record.route === healthPattern ? {} : measure(record, end));
}

/**
 * The names are those of OpenTelemetry's conventions where there is one
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/). A failure is counted by whose it is, whatever
 * HTTP status its dialect gives it.
 */
function measure(
  { error, firstEventAtMs, usage, rescues }: RequestRecord,
  { startedAtMs, endedAtMs }: RequestEnd,
): Metrics {
  const seconds = (ms: number): Metric => ({ value: ms / 1_000, unit: 'Seconds' });
  const count = (value: number | undefined): Metric | undefined =>
    value === undefined ? undefined : { value, unit: 'Count' };
  const status = error?.status ?? 200;
  const isOwnLimit = error?.code === 'client_requests_limit' || error?.code === 'client_tokens_limit';
  return {
    requests: countOne,
    errors: status >= 500 ? countOne : undefined,
    upstream_limits: status === 429 && !isOwnLimit ? countOne : undefined,
    client_limits: isOwnLimit ? countOne : undefined,
    client_errors: status >= 400 && status < 500 && status !== 429 ? countOne : undefined,
    stream_rescues: count(rescues?.length),
    'gen_ai.server.request.duration': seconds(endedAtMs - startedAtMs),
    'gen_ai.server.time_to_first_token':
      firstEventAtMs === undefined ? undefined : seconds(firstEventAtMs - startedAtMs),
    'gen_ai.usage.input_tokens': count(usage?.promptTokens),
    'gen_ai.usage.output_tokens': count(usage?.completionTokens),
  };
}
