// A Log that keeps what it is told.
import type { Log, LogFields, LogLevel } from '../../lib/platform/logger.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LogRecorder {
  readonly log: Log;
  readonly lines: readonly LogLine[];
}

export function createLogRecorder(): LogRecorder {
  const lines: LogLine[] = [];
  return {
    lines,
    log: (level, message, fields) => {
      lines.push({ level, message, fields });
    },
  };
}
