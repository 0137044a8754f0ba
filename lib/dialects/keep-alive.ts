// Events that only keep the connection open.
import type { SseEvent } from './sse.ts';

/** Whether an event is a sign of life and nothing else: one without data, or a ping in one of the spellings of servers. */
export function isKeepAlive({ type, data }: SseEvent): boolean {
  return data.trim() === '' || /^(?:"?ping"?)$/i.test(data) || /^(?:ping|keep-?alive|heartbeat)$/i.test(type);
}
