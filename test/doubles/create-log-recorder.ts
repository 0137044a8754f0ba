// A Log that keeps what it is told.
import type { Log, LogFields, LogLevel, Metrics } from '../../lib/core/log.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LogRecorder {
  readonly log: Log;
  readonly lines: readonly LogLine[];
  /** The metrics of each line. */
  readonly metrics: readonly Metrics[];
}

export function createLogRecorder(): LogRecorder {
  const lines: LogLine[] = [];
  const allMetrics: Metrics[] = [];
  return {
    lines,
    metrics: allMetrics,
    log: (level, message, fields, metrics = {}) => {
      lines.push({ level, message, fields });
      allMetrics.push(metrics);
    },
  };
}
