// What is known about one delivery of a message when it ends, and its log line, which has no prompts, texts or secrets.
import type { Fallback, Usage } from '../core/completion.ts';
import type { GatewayError } from '../core/errors.ts';
import type { Delivery } from '../lambda/sqs-batch.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';

/**
 * How a delivery ended.
 *
 * - `succeeded`, `failed`: its result is on the results queue.
 * - `duplicate`: the same message has a result already.
 * - `returned`: the message comes back.
 * - `dead_lettered`: the message is on the dead-letter queue.
 */
export type DeliveryEnd = 'succeeded' | 'failed' | 'duplicate' | 'returned' | 'dead_lettered';

/** Filled in while the message is handled. */
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

/** Whether the delivery ended before an upstream was asked: no time, no turn, or the message was claimed elsewhere. */
export function isUntried({ attempts, error }: DeliveryRecord): boolean {
  return attempts === 0 && error !== undefined && error.code !== 'internal_error';
}

/** Writes the line: `error` for faults of our own, `warn` for a message without a result so far, else `info`. */
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
  const metrics = {
    [`queue.${end.end}`]: countOne,
    upstream_limits: error?.status === 429 && record.attempts > 0 ? countOne : undefined,
  };
  log(isOurFault ? 'error' : isOpen ? 'warn' : 'info', 'message', fields, metrics);
}
