import * as fc from 'fast-check';
import { createSseDecoder, encodeSseData, longestEvent } from '../../../lib/dialects/sse.ts';
import type { SseEvent } from '../../../lib/dialects/sse.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function decodeEvents(chunks: readonly Uint8Array[]): SseEvent[] {
  const decoder = createSseDecoder();
  return [...chunks.flatMap((chunk) => decoder.feed(chunk)), ...decoder.end()];
}

const decode = (chunks: readonly Uint8Array[]): string[] => decodeEvents(chunks).map(({ data }) => data);
const decodeText = (text: string): string[] => decode([bytesOf(text)]);

/** The rules once more, for a whole text: what a stream of lines, each with a colon, means. */
function decodeByTheRules(bytes: Uint8Array): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of `${new TextDecoder().decode(bytes)}\n\n`.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'));
      data = [];
    }
    const [, value] = /^data:\x20?([^]*)$/.exec(line) ?? [];
    if (value !== undefined) data.push(value);
  }
  return events;
}

function cutAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [0, ...positions.map((position) => position % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

describe('createSseDecoder', () => {
  it.each([
    ['an event', 'data: one\n\n', ['one']],
    ['events one after the other', 'data: one\n\ndata: two\n\n', ['one', 'two']],
    ['lines that end in CR', 'data: one\r\rdata: two\r\r', ['one', 'two']],
    ['lines that end in CRLF', 'data: one\r\n\r\ndata: two\r\n\r\n', ['one', 'two']],
    ['several data lines as one event of several lines', 'data: one\ndata:\ndata: two\n\n', ['one\n\ntwo']],
    ['data without the space', 'data:one\n\n', ['one']],
    ['only one space as part of the frame', 'data:  one\n\n', [' one']],
    ['colons within the data', 'data: {"a":1}\n\n', ['{"a":1}']],
    ['empty data', 'data:\n\n', ['']],
    ['data without a colon', 'data\n\ndata\ndata\n\ndata:', ['', '\n', '']],
    ['what came before a bare line of JSON', 'data: 1\n{"error_code":1}\n\n', ['1', '{"error_code":1}']],
    ['an event after more than one blank line', '\n\n\ndata: one\n\n\n\ndata: two\n\n', ['one', 'two']],
    ['an event that lacks its blank line', 'data: one\n\ndata: two\n', ['one', 'two']],
    ['an event that lacks its line end', 'data: one\n\ndata: two', ['one', 'two']],
    ['an event after a byte order mark', '\ufeffdata: one\n\n', ['one']],
    ['a bare line of JSON', '{"error_code":336000}\n', ['{"error_code":336000}']],
    ['a bare line of JSON without a line end', 'data: one\n\n{"error_code":336000}', ['one', '{"error_code":336000}']],
  ])('reads %s', (_name, text, events) => {
    expect(decodeText(text)).toEqual(events);
  });

  it.each([
    ['nothing', ''],
    ['comments', ': keep-alive\n\n:\n\n'],
    ['other fields', 'event: completion\nid: 7\nretry: 10\n\n'],
    ['a field after a space', ' data: one\n\n'],
    ['lines that are no field', 'one\n\n'],
    ['a byte order mark that is not the first', '\n\ufeffdata: one\n\n'],
  ])('passes over %s', (_name, text) => {
    expect(decodeText(text)).toEqual([]);
  });

  it.each([
    ['an event with a type', 'event: completion\ndata: 1\n\n', [{ type: 'completion', data: '1' }]],
    ['a type that comes after the data', 'data: 1\nevent: completion\n\n', [{ type: 'completion', data: '1' }]],
    [
      'a type for one event only',
      'event: ping\ndata: 1\n\ndata: 2\n\n',
      [
        { type: 'ping', data: '1' },
        { type: '', data: '2' },
      ],
    ],
    ['no type of an event without data', 'event: ping\n\ndata: 2\n\n', [{ type: '', data: '2' }]],
    // llama.cpp reports a failure so.
    [
      'a field that the rules do not know as its event',
      'error: {"code":500}\n\n',
      [{ type: 'error', data: '{"code":500}' }],
    ],
    ['a field whose name only begins with data', 'database: one\n\n', [{ type: 'database', data: 'one' }]],
    ['a field in upper case', 'DATA: one\n\n', [{ type: 'DATA', data: 'one' }]],
    [
      'such a field after data that no blank line ends',
      'data: 1\nerror: 2\n\n',
      [
        { type: '', data: '1' },
        { type: 'error', data: '2' },
      ],
    ],
    ['nothing of such a field without a value', 'error:\n\n', []],
  ])('reads %s', (_name, text, events) => {
    expect(decodeEvents([bytesOf(text)])).toEqual(events);
  });

  it('gives an event out with the byte that completes it', () => {
    const decoder = createSseDecoder();
    expect(decoder.feed(bytesOf('data: one\n'))).toEqual([]);
    expect(decoder.feed(bytesOf('\n'))).toEqual([{ type: '', data: 'one' }]);
    expect(decoder.end()).toEqual([]);
  });

  it('takes a CR and an LF that come in two chunks for one line end', () => {
    expect(decode(['data: one\r', '\ndata: two\r', '\n\r', '\n'].map(bytesOf))).toEqual(['one\ntwo']);
  });

  it('joins a character whose bytes come in several chunks', () => {
    const bytes = bytesOf('data: 千帆😀\n\n');
    expect(decode([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['千帆😀']);
  });

  it('yields the same events however the bytes are chunked, and the right ones', () => {
    const tokens = ['data: ', 'data:', 'data: {"a":1}', 'id: 1', 'event:', ':', ' ', '千', '😀', '\ufeff'].map(bytesOf);
    const lineEnds = ['\n', '\r', '\r\n', '\n\n', '\r\n\r\n'].map(bytesOf);
    const illFormed = [Uint8Array.of(0xff), Uint8Array.of(0xe5, 0x8d)];
    const stream = fc
      .array(fc.constantFrom(...tokens, ...lineEnds, ...lineEnds, ...illFormed), { maxLength: 40 })
      .map((parts) => new Uint8Array(Buffer.concat(parts)));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, positions) => {
        const expected = decodeByTheRules(bytes);
        expect(decode([bytes])).toEqual(expected);
        expect(decode(cutAt(bytes, positions))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the length limit', () => {
  const tooLong = expect.objectContaining({
    code: 'upstream_invalid_response',
    message: `An event of the stream is longer than ${longestEvent}`,
  });
  const piece = '千'.repeat(4_096);
  const fields = longestEvent / piece.length;

  it('is 1,048,576 characters', () => {
    expect(longestEvent).toBe(1_048_576);
  });

  it('lets lines and events up to the limit pass', () => {
    const text = 'x'.repeat(longestEvent - 'data: '.length);
    expect(decodeText(`data: ${text}\n\ndata: ${text}\n\n`)).toEqual([text, text]);
  });

  it('ends a line that does not end', () => {
    const decoder = createSseDecoder();
    const feed = (): unknown => decoder.feed(bytesOf(piece));
    for (let fed = 0; fed < fields; fed += 1) expect(feed()).toEqual([]);
    expect(feed).toThrow(tooLong);
  });

  it('ends an event whose lines do not end', () => {
    const decoder = createSseDecoder();
    // Each line adds its LF to the event.
    const feed = (): unknown => decoder.feed(bytesOf(`data: ${piece.slice(1)}\n`));
    for (let fed = 0; fed < fields; fed += 1) expect(feed()).toEqual([]);
    expect(feed).toThrow(tooLong);
  });

  it.each([
    ['a line of data', 'data: ', '\n\n'],
    ['a bare line of JSON', '{"a":', '}\n'],
  ])('is the same for %s however the bytes are chunked', (_name, start, end) => {
    const text = start + 'x'.repeat(longestEvent + 1 - start.length - end.trim().length) + end;
    expect(() => decodeText(text)).toThrow(tooLong);
    const bytes = bytesOf(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1_000) }, (_, index) =>
      bytes.subarray(index * 1_000, (index + 1) * 1_000),
    );
    expect(() => decode(pieces)).toThrow(tooLong);
  });
});

describe('encodeSseData', () => {
  it('frames a line with one space, LF and a blank line', () => {
    expect(encodeSseData('{"a":1}')).toBe('data: {"a":1}\n\n');
  });

  it('writes what the decoder reads', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (payloads) => {
        expect(decodeText(payloads.map(encodeSseData).join(''))).toEqual(payloads);
      }),
    );
  });
});
