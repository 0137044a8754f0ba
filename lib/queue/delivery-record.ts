// What is known about one delivery of a message when it ends, and its log line, which has no prompts, texts or secrets.
import { describeCall, isOwnFault } from '../core/call-record.ts';
import type { CallRecord } from '../core/call-record.ts';
import type { Delivery } from '../core/delivery.ts';
import { errorTable } from '../core/errors.ts';
import { countOne } from '../core/log.ts';
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
export interface DeliveryRecord extends CallRecord {
  id?: string;
  form?: string;
  /** Upstream calls made for this delivery. */
  attempts: number;
}

/** Whether the delivery ended before an upstream was asked: no time, no turn, or the message was claimed elsewhere. */
export function isUntried({ attempts, error }: DeliveryRecord): boolean {
  return attempts === 0 && error !== undefined && errorTable[error.code].fault !== 'gateway';
}

/** Writes the line: `error` for faults of our own, `warn` for a message without a result so far, else `info`. */
export function logMessage(
  log: Log,
  { messageId, receiveCount, sentAtMs }: Delivery,
  record: DeliveryRecord,
  end: { readonly end: DeliveryEnd; readonly startedAtMs: number; readonly endedAtMs: number },
): void {
  const { error } = record;
  const isOpen = end.end === 'returned' || end.end === 'dead_lettered';
  const fields = {
    message_id: messageId,
    id: record.id,
    form: record.form,
    end: end.end,
    receive_count: receiveCount,
    duration_ms: end.endedAtMs - end.startedAtMs,
    age_ms: end.endedAtMs - sentAtMs,
    ...describeCall(record),
  };
  const isLimited = error !== undefined && errorTable[error.code].fault === 'upstream_limit';
  // A message that waited in vain for its turn, or was being answered elsewhere, says nothing of the upstream.
  const isJudged = end.end !== 'duplicate' && !(isOpen && isUntried(record));
  const metrics = {
    [`queue.${end.end}`]: countOne,
    // 0 or 1, so that the average is the share that failed.
    'queue.failures': isJudged ? ({ value: isOpen ? 1 : 0, unit: 'Count' } as const) : undefined,
    upstream_limits: isLimited && record.attempts > 0 ? countOne : undefined,
  };
  log(isOwnFault(record) ? 'error' : isOpen ? 'warn' : 'info', 'message', fields, metrics);
}
