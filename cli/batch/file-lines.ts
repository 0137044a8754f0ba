// Reads a file line by line, as bytes and with their positions.
import { createReadStream } from 'node:fs';

export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Where its first byte is in the file. */
  readonly offset: number;
  /** Without the line feed. */
  readonly bytes: Buffer;
  /** False for a last line without a line feed. */
  readonly isTerminated: boolean;
}

const lineFeed = 0x0a;

/** Yields the lines of a file. A line feed at the end is not followed by an empty line. Throws what the file system throws. */
export async function* readFileLines(path: string, onChunk?: (chunk: Buffer) => void): AsyncGenerator<FileLine> {
  let number = 1;
  let offset = 0;
  let parts: Buffer[] = [];
  const takeLine = (isTerminated: boolean): FileLine => {
    const line = { number, offset, bytes: Buffer.concat(parts), isTerminated };
    number += 1;
    offset += line.bytes.length + 1;
    parts = [];
    return line;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    onChunk?.(chunk);
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      yield takeLine(true);
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield takeLine(false);
}
