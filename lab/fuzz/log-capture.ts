// Catches the log lines that functions write to standard output in this process.
import { isJsonObject, parseJson } from '../../lib/core/json.ts';

export interface LogCapture {
  /** The lines since the last call of this. */
  take(): readonly string[];
  /** Gives standard output back. */
  stop(): void;
}

/** Starts catching; what is no log line is printed as before. */
export function startLogCapture(): LogCapture {
  let lines: string[] = [];
  const ownWrite = Object.getOwnPropertyDescriptor(process.stdout, 'write');
  const write = process.stdout.write.bind(process.stdout);
  const catchLine = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{"level":')) {
      return write(chunk, ...rest);
    }
    lines.push(chunk);
    return true;
  };
  process.stdout.write = catchLine;
  return {
    take: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
    stop: () => {
      if (ownWrite === undefined) Reflect.deleteProperty(process.stdout, 'write');
      else Object.defineProperty(process.stdout, 'write', ownWrite);
    },
  };
}

/** Whether a line tells of a fault of our own. */
export function isOwnFault(line: string): boolean {
  const fields = parseJson(line);
  return !isJsonObject(fields) || fields['level'] === 'error' || fields['code'] === 'internal_error';
}
