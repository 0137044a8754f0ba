// Structured logs: one JSON object a line, on standard output.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = (level: LogLevel, message: string, fields: LogFields) => void;

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Creates a logger that drops what is below `minimumLevel`. */
export function createLogger(minimumLevel: LogLevel): Log {
  return (level, message, fields) => {
    if (ranks[level] < ranks[minimumLevel]) return;
    process.stdout.write(`${JSON.stringify({ level, message, time: new Date().toISOString(), ...fields })}\n`);
  };
}

/**
 * Describes an error for a log: names, codes and stack frames of it and its causes. Messages stay out, because an
 * upstream or a parser may have put a text or a key into them.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; Error.isError(current) && parts.length < 5; current = current.cause) {
    const code = 'code' in current && typeof current.code === 'string' ? `[${current.code}]` : '';
    // The stack begins with the message, which may hold anything, even what looks like a frame.
    const { stack = '', message } = current;
    const frames = stack
      .slice(stack.indexOf(message) + message.length)
      .split('\n')
      .filter((line) => /^\s+at /.test(line));
    parts.push([`${current.name}${code}`, ...frames.slice(0, 8).map((frame) => frame.trim())].join(' | '));
  }
  return parts.join(' <- ');
}
