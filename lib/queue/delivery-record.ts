// What is known about one delivery of a message when it ends: one log line, free of prompts, texts and secrets.
import { describeCall, isOwnFault } from '../core/call-record.ts';
import type { CallRecord } from '../core/call-record.ts';
import type { Delivery } from '../core/delivery.ts';
import { errorTable } from '../core/errors.ts';
import { countOne } from '../core/log.ts';
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
export interface DeliveryRecord extends CallRecord {
  id?: string;
  form?: string;
  /** Upstream calls made for this delivery. */
  attempts: number;
}

/** Whether the delivery ended before anything was tried: no time, no turn, or the same message elsewhere. */
export function isUntried({ attempts, error }: DeliveryRecord): boolean {
  return attempts === 0 && error !== undefined && errorTable[error.code].fault !== 'gateway';
}

/** Writes the line: `error` for our own faults, `warn` for what is not answered yet or never will be, else `info`. */
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
  const metrics = {
    [`queue.${end.end}`]: countOne,
    upstream_limits: isLimited && record.attempts > 0 ? countOne : undefined,
  };
  log(isOwnFault(record) ? 'error' : isOpen ? 'warn' : 'info', 'message', fields, metrics);
}
