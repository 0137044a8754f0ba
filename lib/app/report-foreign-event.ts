// Tells the operator of events that a function behind HTTP cannot answer.
import type { ForeignEvent } from '../lambda/http-function.ts';
import { createLogger } from '../core/log.ts';
import type { LogLevel } from '../core/log.ts';

/** Creates what writes one line for each such event: where it comes from, and nothing of what it holds. */
export function createForeignEventReport(minimumLevel: LogLevel): (event: ForeignEvent) => void {
  const log = createLogger(minimumLevel);
  return ({ source, invocationId }) => {
    log('warn', 'event is not of HTTP', { source, invocation_id: invocationId });
  };
}
