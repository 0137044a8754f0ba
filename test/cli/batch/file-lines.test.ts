// Files read line by line, with positions.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileLines } from '../../../cli/batch/file-lines.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-lines-'));
  path = join(directory, 'file');
});

afterEach(() => rmSync(directory, { recursive: true }));

it.each([
  ['', []],
  ['a', [[1, 0, 'a', false]]],
  ['a\n', [[1, 0, 'a', true]]],
  [
    '\n\nä\r\nb',
    [
      [1, 0, '', true],
      [2, 1, '', true],
      [3, 2, 'ä\r', true],
      [4, 6, 'b', false],
    ],
  ],
])('reads %j', async (text, lines) => {
  writeFileSync(path, text);
  const read = await Array.fromAsync(readFileLines(path));
  expect(read.map((line) => [line.number, line.offset, line.bytes.toString(), line.isTerminated])).toEqual(lines);
});

it('reads lines that are longer than what the file system gives at a time, at their positions', async () => {
  // Shorter than, as long as and longer than one piece of 64 KiB and several.
  const lengths = [10, 65_525, 65_535, 65_536, 65_537, 200_000, 0, 1];
  const texts = lengths.map((length, index) => String(index).repeat(length));
  const whole = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  writeFileSync(path, whole);
  const chunks: Buffer[] = [];
  const read = await Array.fromAsync(readFileLines(path, (chunk) => chunks.push(chunk)));
  expect(read.map(({ bytes }) => bytes.toString())).toEqual(texts);
  for (const { offset, bytes } of read) expect(whole.subarray(offset, offset + bytes.length)).toEqual(bytes);
  expect(Buffer.concat(chunks)).toEqual(whole);
});
