// Reading an HTTP/1.1 answer off the bytes of a socket, strictly: what a lenient client would forgive fails here.

export interface RawAnswer {
  readonly status: number;
  /** Spelled as on the wire, in the order received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without its chunk framing. */
  readonly body: Buffer;
}

/** An answer and how many bytes of the connection it took. */
export interface ReadAnswer {
  readonly answer: RawAnswer;
  readonly length: number;
}

/** The value of a header in exactly this spelling. */
export function headerOf({ headers }: RawAnswer, spelling: string): string | undefined {
  return headers.find(([name]) => name === spelling)?.[1];
}

/** The value of a header in any case, as most clients look it up. */
export function findHeader({ headers }: RawAnswer, name: string): string | undefined {
  return headers.find(([sent]) => sent.toLowerCase() === name.toLowerCase())?.[1];
}

/**
 * Reads the answer at the front of what has been received; undefined while it is not complete.
 *
 * @param hasEnded Whether the connection has: only then is a body without length or chunks complete.
 */
export function readRawAnswer(bytes: Buffer, hasEnded = false): ReadAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [A-Za-z -]+$/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`Not a status line: ${statusLine}`);
  const headers = lines.map(readHeader);
  const head = { status: Number(status), headers, body: Buffer.alloc(0) };
  const bodyStart = headEnd + 4;

  if (findHeader(head, 'Transfer-Encoding') !== undefined) {
    const chunked = readChunks(bytes, bodyStart);
    return chunked && { answer: { ...head, body: chunked.body }, length: chunked.end };
  }
  const declared = findHeader(head, 'Content-Length');
  if (declared === undefined && head.status !== 204 && !hasEnded) return undefined;
  const length = declared === undefined ? (head.status === 204 ? 0 : bytes.length - bodyStart) : Number(declared);
  if (bytes.length < bodyStart + length) return undefined;
  return { answer: { ...head, body: bytes.subarray(bodyStart, bodyStart + length) }, length: bodyStart + length };
}

function readHeader(line: string): readonly [string, string] {
  const [, name, value] = /^([A-Za-z0-9-]+): ([\x20-\x7e]*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`Not a header line: ${line}`);
  return [name, value];
}

/** Chunks as servers are to send them: a bare hexadecimal size, CRLF, the bytes, CRLF; the last one is empty. */
function readChunks(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const sizeEnd = bytes.indexOf('\r\n', at);
    if (sizeEnd === -1) return undefined;
    const sizeText = bytes.toString('latin1', at, sizeEnd);
    if (!/^[0-9a-f]{1,8}$/i.test(sizeText)) throw new Error(`Not the size of a chunk: ${sizeText}`);
    const size = Number.parseInt(sizeText, 16);
    const dataStart = sizeEnd + 2;
    if (bytes.length < dataStart + size + 2) return undefined;
    if (bytes.toString('latin1', dataStart + size, dataStart + size + 2) !== '\r\n') {
      throw new Error('A chunk is longer than its size');
    }
    chunks.push(bytes.subarray(dataStart, dataStart + size));
    at = dataStart + size + 2;
    if (size === 0) return { body: Buffer.concat(chunks), end: at };
  }
}
