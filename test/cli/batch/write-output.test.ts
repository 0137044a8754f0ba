// The output of a finished run.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../../cli/batch/ledger.ts';
import type { Ledger } from '../../../cli/batch/ledger.ts';
import type { FailedLines } from '../../../cli/batch/failed-lines.ts';
import { writeOutput } from '../../../cli/batch/write-output.ts';

const input = '{"id":"a"}\n\n{"id":"b"}';

let directory: string;
let ledger: Ledger;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-output-'));
  const inputHash = createHash('sha256').update(input).digest('hex');
  ledger = await openLedger(join(directory, 'journal'), { kind: 'header', runId: 'run', inputHash, queue: 'q' });
  await ledger.record([{ kind: 'result', line: 3, result: { id: 'run:3', status: 'succeeded' } }]);
  await ledger.record([{ kind: 'result', line: 1, result: { id: 'run:1:1', status: 'failed' } }]);
});

afterEach(async () => {
  await ledger.close();
  rmSync(directory, { recursive: true });
});

function write(text: string): Promise<FailedLines> {
  const inputPath = join(directory, 'in.jsonl');
  writeFileSync(inputPath, text);
  return writeOutput({ inputPath, outputPath: join(directory, 'out.jsonl'), ledger });
}

it('is in the order of the input, with its ids, and nothing else is left behind', async () => {
  writeFileSync(join(directory, 'out.jsonl.partial'), 'of a run that was killed while it wrote its output');
  await write(input);
  expect(readFileSync(join(directory, 'out.jsonl'), 'utf8')).toBe(
    '{"id":"a","status":"failed"}\n{"id":"b","status":"succeeded"}\n',
  );
  expect(readdirSync(directory).toSorted()).toEqual(['in.jsonl', 'journal', 'out.jsonl']);
});

it('tells which lines failed', async () => {
  expect((await write(input)).describe()).toEqual(['  1 × unknown, first in line 1: no message']);
});

it('is not written when the input is not the one that was sent', async () => {
  await expect(write(`${input}\n`)).rejects.toMatchObject({
    message: expect.stringMatching(/^The input was changed while/),
    exitCode: 2,
  });
  expect(readdirSync(directory).toSorted()).toEqual(['in.jsonl', 'journal']);
});
