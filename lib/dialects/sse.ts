// Server-sent events: bytes in, data payloads out, and back. Pure; any chunking of the bytes yields the same events.
import { GatewayError } from '../core/errors.ts';

export interface SseDecoder {
  /** Takes the next bytes and returns the data of every event they complete. */
  feed(bytes: Uint8Array): string[];
  /** Takes the end of the stream; returns the data of an event that lacked only its closing blank line. */
  end(): string[];
}

export interface SseDecoderOptions {
  /** Longest line or event, in characters. For tests. Default: 1,048,576. */
  readonly maxEventLength?: number;
}

/**
 * Decodes an event stream per the WHATWG rules (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * LF, CR or CRLF, several data lines joined by LF, comments and other fields skipped. One leniency: a line that is a
 * JSON object without `data:` counts as an event, because Qianfan has been seen to report errors that way.
 *
 * @throws GatewayError `upstream_invalid_response` when an event is longer than the limit.
 */
export function createSseDecoder({ maxEventLength = 1_048_576 }: SseDecoderOptions = {}): SseDecoder {
  // Node's decoder takes two byte order marks for one when a chunk ends between them, so the one is taken off here.
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let isAtStart = true;
  // Unfinished lines are kept in pieces: joining them at every chunk would be quadratic for one long line.
  let pieces: string[] = [];
  let piecesLength = 0;
  let data: string | undefined;
  let skipLineFeed = false;

  const guard = (length: number): void => {
    if (length > maxEventLength) {
      throw new GatewayError('upstream_invalid_response', `An event of the stream is longer than ${maxEventLength}`);
    }
  };

  const dispatch = (events: string[]): void => {
    if (data !== undefined) events.push(data);
    data = undefined;
  };

  const takeLine = (line: string, events: string[]): void => {
    guard(line.length);
    if (line === '') {
      dispatch(events);
    } else if (line.startsWith('data:') || line === 'data') {
      const value = line.slice(line.charAt(5) === ' ' ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
      guard(data.length);
    } else if (line.startsWith('{')) {
      dispatch(events);
      events.push(line);
    }
  };

  const feedText = (chunk: string): string[] => {
    const events: string[] = [];
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
