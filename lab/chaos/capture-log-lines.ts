// Takes the log lines off standard output while cases run.

export interface LogCapture {
  /** Gives the output back. */
  stop(): void;
}

/** Passes each line of JSON to `onLine`; anything else goes where it was going. */
export function captureLogLines(onLine: (line: string) => void): LogCapture {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{')) return write(chunk);
    for (const line of chunk.trimEnd().split('\n')) onLine(line);
    return true;
  };
  return { stop: () => void (process.stdout.write = write) };
}
