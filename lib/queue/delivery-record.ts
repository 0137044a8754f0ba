// What is known about one delivery of a message when it ends: one log line, free of prompts, texts and secrets.
import type { Fallback, Usage } from '../core/completion.ts';
import type { GatewayError } from '../core/errors.ts';
import type { Delivery } from '../lambda/sqs-batch.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';

/**
 * How a delivery ended.
 *
 * - `succeeded`, `failed`: with a result on the results queue.
 * - `duplicate`: the result of the same message is known.
 * - `returned`: it comes back. - `dead_lettered`: it is kept on the dead-letter queue.
 */
export type DeliveryEnd = 'succeeded' | 'failed' | 'duplicate' | 'returned' | 'dead_lettered';

/** Filled in by those who handle the message, as they learn it. */
export interface DeliveryRecord {
  id?: string;
  form?: string;
  model?: string;
  endpoint?: string;
  /** Upstream calls made for this delivery. */
  attempts: number;
  upstream?: string;
  fallbacks?: Fallback[];
  usage?: Usage | undefined;
  error?: GatewayError;
}

/** Whether the delivery ended before anything was tried: no time, no turn, or the same message elsewhere. */
export function isUntried({ attempts, error }: DeliveryRecord): boolean {
  return attempts === 0 && error !== undefined && error.code !== 'internal_error';
}

/**
 * Whether the delivery had no turn before its deadline or the upstream's limit, or the same message was being answered elsewhere:
 * that says nothing of the upstream. An upstream that refuses to issue a token is not called either, but does fail.
 */
function waitedInVain({ attempts, error }: DeliveryRecord): boolean {
  if (attempts > 0 || error === undefined) return false;
  return error.status === 429 || error.code === 'deadline_exceeded' || error.code === 'service_unavailable';
}

/** Writes the line: `error` for our own faults, `warn` for what is not answered yet or never will be, else `info`. */
export function logMessage(
  log: Log,
  { messageId, receiveCount, sentAtMs }: Delivery,
  record: DeliveryRecord,
  end: { readonly end: DeliveryEnd; readonly startedAtMs: number; readonly endedAtMs: number },
): void {
  const { error } = record;
  const isOurFault = error?.code === 'internal_error' && error.cause !== undefined;
  const isOpen = end.end === 'returned' || end.end === 'dead_lettered';
  const fields = {
    message_id: messageId,
    id: record.id,
    form: record.form,
    end: end.end,
    receive_count: receiveCount,
    model: record.model,
    endpoint: record.endpoint,
    code: error?.code,
    error_code: error?.errorCode,
    cause: error?.cause === undefined ? undefined : describeError(error.cause),
    attempts: record.attempts,
    upstream: record.upstream,
    fallback: record.fallbacks?.map(({ from, error: { code } }) => `${from} ${code}`).join(', '),
    duration_ms: end.endedAtMs - end.startedAtMs,
    age_ms: end.endedAtMs - sentAtMs,
    prompt_tokens: record.usage?.promptTokens,
    completion_tokens: record.usage?.completionTokens,
  };
  const isJudged = end.end !== 'duplicate' && !waitedInVain(record);
  const metrics = {
    [`queue.${end.end}`]: countOne,
    // 0 or 1, so that the average is the share that failed.
    'queue.failures': isJudged ? ({ value: isOpen ? 1 : 0, unit: 'Count' } as const) : undefined,
    upstream_limits: error?.status === 429 && record.attempts > 0 ? countOne : undefined,
  };
  log(isOurFault ? 'error' : isOpen ? 'warn' : 'info', 'message', fields, metrics);
}
