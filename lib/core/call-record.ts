// The record of one call to the upstreams, made over HTTP or from a queue, for its log line.
import type { Fallback, Rescue, UpstreamObserver, Usage } from './completion.ts';
import type { GatewayError } from './errors.ts';
import { describeError } from './log.ts';
import type { LogFields } from './log.ts';
import type { ServedModel } from './models.ts';

/** Each step that handles the call fills in what it knows. The record holds no prompt, no text and no secret. */
export interface CallRecord {
  model?: string;
  endpoint?: string;
  /** Over all upstreams. */
  attempts?: number;
  /** The upstream that was asked last. */
  upstream?: string;
  fallbacks?: Fallback[];
  usage?: Usage | undefined;
  /** Tokens of texts of which no usage is known, as far as they could be estimated. Not part of `usage`. */
  estimatedTokens?: number;
  /** Whether more may have been charged than `usage` says. */
  isUsageIncomplete?: boolean;
  rescues?: Rescue[];
  error?: GatewayError;
}

/** Notes which model a call is for. */
export function noteModel(record: CallRecord, { name, endpoint }: ServedModel): void {
  record.model = name;
  record.endpoint = endpoint;
}

/** Returns the observer that notes in the record what the upstreams do. */
export function observeInto(record: CallRecord): UpstreamObserver {
  return {
    onAttempt: () => (record.attempts = (record.attempts ?? 0) + 1),
    onUpstream: (name) => (record.upstream = name),
    onFallback: (fallback) => (record.fallbacks ??= []).push(fallback),
    onRescue: (rescue) => (record.rescues ??= []).push(rescue),
    onIncompleteUsage: () => (record.isUsageIncomplete = true),
  };
}

/** The fields of a log line that tell of the call. Those that are undefined are left out of it. */
export function describeCall(record: CallRecord): LogFields {
  const { error, fallbacks, rescues, usage } = record;
  return {
    model: record.model,
    endpoint: record.endpoint,
    code: error?.code,
    error_code: error?.errorCode,
    cause: error?.cause === undefined ? undefined : describeError(error.cause),
    attempts: record.attempts,
    upstream: record.upstream,
    fallback: fallbacks?.map(({ from, error: { code } }) => `${from} ${code}`).join(', '),
    maybe_charged_twice: fallbacks?.some(({ mayHaveBeenCharged }) => mayHaveBeenCharged),
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    usage_incomplete: record.isUsageIncomplete,
    rescues: rescues?.length,
    rescued_from: rescues?.map(({ error: { code } }) => code).join(', '),
  };
}

/** Whether the gateway itself is at fault: a bug, not an error that an upstream has reported. */
export function isOwnFault({ error }: CallRecord): boolean {
  return error?.code === 'internal_error' && error.cause !== undefined;
}
