// What is known about one request when it ends: one log line, free of prompts, texts and secrets.
import type { Fallback, Usage } from '../completion.ts';
import type { GatewayError } from '../errors.ts';
import { describeError } from '../platform/logger.ts';
import type { Log } from '../platform/logger.ts';

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
  log(isOurFault ? 'error' : error === undefined ? 'info' : 'warn', 'request', {
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
    attempts: record.attempts,
    upstream: record.upstream,
    fallback: record.fallbacks?.map(({ from, error: { code } }) => `${from} ${code}`).join(', '),
    maybe_charged_twice: record.fallbacks?.some(({ mayHaveBeenCharged }) => mayHaveBeenCharged),
    first_event_ms: record.firstEventAtMs === undefined ? undefined : record.firstEventAtMs - end.startedAtMs,
    duration_ms: end.endedAtMs - end.startedAtMs,
    prompt_tokens: record.usage?.promptTokens,
    completion_tokens: record.usage?.completionTokens,
  });
}
