// Server-sent events: bytes in, events out, and back. Pure; any chunking of the bytes yields the same events.
import { GatewayError } from '../core/errors.ts';

export interface SseEvent {
  /** What `event:` says; empty for an event without a type. */
  readonly type: string;
  /** The data lines, joined by LF. */
  readonly data: string;
}

export interface SseDecoder {
  /** Takes the next bytes and returns the events they complete. */
  feed(bytes: Uint8Array): SseEvent[];
  /** Takes the end of the stream; returns the event that lacked only its closing blank line. */
  end(): SseEvent[];
}

/** In UTF-16 units, of a line and of an event. */
export const longestEvent = 1_048_576;

/**
 * Decodes an event stream per the WHATWG rules (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * LF, CR or CRLF, several data lines joined by LF, comments skipped. It is lenient in two ways, because some
 * servers report failures like this: a field that the rules do not know is an event of that name, and a line that begins a JSON object is an
 * event without a type.
 *
 * @throws GatewayError `upstream_invalid_response` when a line or an event is longer than {@link longestEvent}.
 */
export function createSseDecoder(): SseDecoder {
  // Node's decoder takes two byte order marks for one when a chunk ends between them, so the one is taken off here.
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let isAtStart = true;
  // Unfinished lines are kept in pieces: joining them at every chunk would be quadratic for one long line.
  let pieces: string[] = [];
  let piecesLength = 0;
  let type = '';
  let data: string | undefined;
  let skipLineFeed = false;

  const guard = (length: number): void => {
    if (length > longestEvent) {
      throw new GatewayError('upstream_invalid_response', `An event of the stream is longer than ${longestEvent}`);
    }
  };

  const dispatch = (events: SseEvent[]): void => {
    if (data !== undefined) events.push({ type, data });
    type = '';
    data = undefined;
  };

  const takeLine = (line: string, events: SseEvent[]): void => {
    guard(line.length);
    // Hot path: nearly every line is blank or one of data.
    if (line === '') {
      dispatch(events);
    } else if (line.startsWith('data:') || line === 'data') {
      const value = line.slice(line.charAt(5) === ' ' ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
      guard(data.length);
    } else if (line.startsWith('{')) {
      dispatch(events);
      events.push({ type: '', data: line });
    } else {
      takeField(line, events);
    }
  };

  const takeField = (line: string, events: SseEvent[]): void => {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') type = value;
    else if (name !== 'id' && name !== 'retry' && /^[A-Za-z_-]+$/.test(name) && value !== '') {
      dispatch(events);
      events.push({ type: name, data: value });
    }
  };

  const feedText = (chunk: string): SseEvent[] => {
    const events: SseEvent[] = [];
    let start = isAtStart && chunk.startsWith('\ufeff') ? 1 : 0;
    isAtStart &&= chunk === '';
    if (skipLineFeed && chunk !== '') {
      if (chunk.charAt(0) === '\n') start = 1;
      skipLineFeed = false;
    }
    const lineEnd = /\r\n?|\n/g;
    lineEnd.lastIndex = start;
    for (let match = lineEnd.exec(chunk); match !== null; match = lineEnd.exec(chunk)) {
      takeLine(pieces.join('') + chunk.slice(start, match.index), events);
      pieces = [];
      piecesLength = 0;
      start = lineEnd.lastIndex;
      // The LF of a CRLF may come with the next chunk.
      skipLineFeed = match[0] === '\r' && start === chunk.length;
    }
    if (start < chunk.length) {
      pieces.push(chunk.slice(start));
      piecesLength += chunk.length - start;
      guard(piecesLength);
    }
    return events;
  };

  return {
    feed: (bytes) => feedText(text.decode(bytes, { stream: true })),
    end: () => feedText(`${text.decode()}\n\n`),
  };
}

/** Frames one line of JSON exactly as all four Qianfan SDKs read it: one space, LF, a blank line. */
export function encodeSseData(json: string): string {
  return `data: ${json}\n\n`;
}
