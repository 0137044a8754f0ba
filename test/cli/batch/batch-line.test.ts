// Lines of the input, and the messages that stand for them.
import { encodeWireBody, mostMessageBytes, readBatchLine } from '../../../cli/batch/batch-line.ts';
import type { BatchLine } from '../../../cli/batch/batch-line.ts';

function read(text: string | Buffer, number = 3): BatchLine | undefined {
  return readBatchLine({ number, bytes: Buffer.from(text) });
}

function write(text: string): string {
  const line = read(text);
  if (line === undefined || line.fault !== undefined) throw new Error('The line cannot be sent');
  return encodeWireBody(line, 'run:3');
}

it.each(['', '  ', '\r', '\t \r'])('skips the blank line %j', (text) => {
  expect(read(text)).toBeUndefined();
});

it('puts the id of the queue in place of the own one and changes nothing else', () => {
  expect(write('{"prompt":"x","id":"a","metadata":{"id":"a"},"unknown":[null]}\r')).toBe(
    '{"prompt":"x","id":"run:3","metadata":{"id":"a"},"unknown":[null]}',
  );
  expect(write('\uFEFF{"id":"b","custom_id":"a","url":"/v1/completions"}')).toBe(
    '{"id":"b","custom_id":"run:3","url":"/v1/completions"}',
  );
});

it('escapes the characters that SQS does not take', () => {
  expect(write('{"id":"a","prompt":"\uFFFE\uFFFF"}')).toBe('{"id":"run:3","prompt":"\\ufffe\\uffff"}');
});

it.each([
  ['no JSON', '{"id":"a"', 'invalid_json', 'Line 3 is not a JSON object'],
  ['an array', '[]', 'invalid_json', 'Line 3 is not a JSON object'],
  ['null', 'null', 'invalid_json', 'Line 3 is not a JSON object'],
  ['no UTF-8', Buffer.from('{"id":"\xff"}', 'latin1'), 'invalid_json', 'Line 3 is not UTF-8'],
  ['no id', '{"prompt":"x"}', 'invalid_argument', /^Line 3 has no valid id: it must be a non-empty string/],
  ['an empty id', '{"id":""}', 'invalid_argument', /valid id/],
  ['a number as id', '{"id":7}', 'invalid_argument', /valid id/],
  ['a Batch line without custom_id', '{"id":"a","url":"u","body":{}}', 'invalid_argument', /valid custom_id/],
])('finds the fault of a line with %s', (_name, text, code, message) => {
  expect(read(text)?.fault).toEqual({ code, message: expect.stringMatching(message), line: 3 });
});

it('lets a message have a mebibyte and no byte more', () => {
  const frame = Buffer.byteLength(`{"id":"00000000-0000-0000-0000-000000000000:3","prompt":""}`);
  const fill = (bytes: number) => read(JSON.stringify({ id: 'a', prompt: 'x'.repeat(bytes - frame) }))?.fault;
  expect(fill(mostMessageBytes)).toBeUndefined();
  expect(fill(mostMessageBytes + 1)).toMatchObject({ code: 'body_too_large' });
});

it('refuses what nests too deep to be written again, and keeps its id', () => {
  const depth = 200_000;
  expect(read(`{"id":"a","metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toEqual({
    number: 3,
    form: 'message',
    fields: { id: 'a' },
    fault: { code: 'invalid_parameter', message: 'Line 3 is nested too deeply to be sent', line: 3 },
  });
});
