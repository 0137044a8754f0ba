// `npm run batch` against an SQS emulator, with a stand-in for the worker: what is in the output.
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExactJson } from '../../lib/core/json.ts';
import { startQueues, startWorker } from '../cli/batch/start-queues.ts';
import type { StandInWorker, TestQueues } from '../cli/batch/start-queues.ts';
import { answers, createAnswer, createLine, createWorkspace, lines, succeed } from '../cli/batch/workspace.ts';
import type { Workspace } from '../cli/batch/workspace.ts';

let workspace: Workspace;
let queues: TestQueues;
let worker: StandInWorker | undefined;

beforeEach(async () => {
  queues = await startQueues();
  workspace = createWorkspace(queues.port);
});

afterEach(async () => {
  await workspace.remove();
  await worker?.stop();
  worker = undefined;
  await queues.stop();
});

it('writes a result for each line, in the order and with the ids of the input, whatever came when and how often', async () => {
  const metadata = { ticket: [1, null], id: 'x' };
  const openAiBody = { model: 'StarCoder', prompt: 'x' };
  workspace.writeInput([
    { ...createLine(1), metadata },
    'not JSON',
    '',
    { custom_id: 'task-1', method: 'POST', url: '/v1/completions', body: openAiBody },
    createLine(2),
    { ...createLine(2), prompt: 'same id' },
    createLine(2),
    { prompt: 'no id', metadata: null },
    { url: '/v1/completions', body: openAiBody },
    { ...createLine(3), prompt: 'refused' },
    { ...createLine(4), prompt: 'x'.repeat(1_048_576) },
    { custom_id: 'task-2', method: 'POST', url: '/v1/completions', body: { model: 'refused' } },
    '[1]',
  ]);
  const refused = { code: 'invalid_parameter', message: 'No', error_code: 336003 };
  worker = startWorker(queues, (message) => {
    const { id, prompt, body, custom_id: customId } = message as { [name: string]: unknown; body?: { model: string } };
    if (prompt === 'refused') return { results: [{ id, status: 'failed', error: refused }] };
    if (body?.model === 'refused') {
      const response = { status_code: 400, request_id: 'r', body: { error: refused } };
      return { results: [{ id: 'batch_req_r', custom_id: customId, response, error: null }] };
    }
    const { results = [] } = succeed(message);
    // The second one is another: the first must be the one that counts.
    return { results: [...results, ...results.map((result) => ({ ...result, completion: { result: 'again' } }))] };
  });

  expect(await workspace.run(['in.jsonl', 'out.jsonl'])).toMatchObject({
    code: 3,
    out: '',
    error: expect.stringMatching(
      new RegExp(
        [
          '\n12 of 12: 5 succeeded, 7 failed → out\\.jsonl',
          '  2 × invalid_json, first in line 2: Line 2 is not a JSON object',
          '  2 × invalid_argument, first in line 8: Line 8 has no valid id: .*',
          '  2 × invalid_parameter, first in line 10: No',
          '  1 × body_too_large, first in line 11: Line 11 makes a message of .*\n$',
        ].join('\n'),
      ),
    ),
  });
  const failed = (code: string, number: number, message: RegExp, errorCode: number) => ({
    code,
    message: expect.stringMatching(message),
    error_code: errorCode,
    line: number,
  });
  expect(workspace.readOutput()).toEqual([
    { ...createAnswer(1), metadata },
    { id: null, status: 'failed', error: failed('invalid_json', 2, /^Line 2 is not a JSON object$/, 336002) },
    { id: 'batch_req_1', custom_id: 'task-1', response: { status_code: 200, body: {} }, error: null },
    createAnswer(2),
    { ...createAnswer(2), completion: { result: 'same id' } },
    createAnswer(2),
    {
      id: null,
      status: 'failed',
      error: failed('invalid_argument', 8, /^Line 8 has no valid id/, 336001),
      metadata: null,
    },
    {
      id: expect.stringMatching(/^batch_req_/),
      custom_id: null,
      response: null,
      error: failed('invalid_argument', 9, /^Line 9 has no valid custom_id/, 336001),
    },
    { id: 'line-3', status: 'failed', error: refused },
    { id: 'line-4', status: 'failed', error: failed('body_too_large', 11, /^Line 11 makes a message of/, 336007) },
    {
      id: 'batch_req_r',
      custom_id: 'task-2',
      response: { status_code: 400, request_id: 'r', body: { error: refused } },
      error: null,
    },
    { id: null, status: 'failed', error: failed('invalid_json', 13, /^Line 13 is not a JSON object$/, 336002) },
  ]);
  expect(readdirSync(workspace.directory).toSorted()).toEqual(['in.jsonl', 'out.jsonl']);
  expect([...worker.received.values()]).toEqual([1, 1, 1, 1, 1, 1, 1]);
});

it('gives back each number of a line to the digit, with an answer and with an error', async () => {
  const exact = '{"order":9007199254740993,"price":10.00,"big":1e400}';
  const input = [
    `{"id":"a","model":"StarCoder","prompt":"p","seed":12345678901234567890,"metadata":${exact}}`,
    `{"id":12345678901234567890,"model":"StarCoder","prompt":"p","metadata":${exact}}`,
    `{"id":"c","model":"StarCoder","prompt":"given up","metadata":${exact}}`,
  ];
  writeFileSync(join(workspace.directory, 'in.jsonl'), input.join('\n'));
  worker = startWorker(queues, ({ id, prompt }) => {
    if (prompt === 'given up') return { deadLetter: {} };
    const metadata = parseExactJson(exact);
    return { results: [{ id, status: 'succeeded', completion: { result: 'x' }, metadata }] };
  });

  expect((await workspace.run(['in.jsonl', 'out.jsonl'])).code).toBe(3);
  const [first, second, third] = readFileSync(join(workspace.directory, 'out.jsonl'), 'utf8').split('\n');
  expect(first).toBe(`{"id":"a","status":"succeeded","completion":{"result":"x"},"metadata":${exact}}`);
  expect(second).toMatch(/^\{"id":12345678901234567890,"status":"failed",/);
  expect(second?.endsWith(`"metadata":${exact}}`)).toBe(true);
  expect(third?.endsWith(`"metadata":${exact}}`)).toBe(true);
  expect([...worker.received.keys()].join('\n')).toContain(`"seed":12345678901234567890,"metadata":${exact}`);
});

it('leaves the results of others in the queue and takes all of its own out of it', async () => {
  const others = ['{"id":"line-1","status":"succeeded"}', 'not JSON', '{"id":"x:1"}', '[]'];
  for (const body of others) await queues.send(queues.results, body);
  workspace.writeInput(lines(40));
  worker = startWorker(queues, succeed);

  expect((await workspace.run(['in.jsonl', 'out.jsonl'])).code).toBe(0);
  expect(workspace.readOutput()).toEqual(answers(40));
  // Counted and not received: a poll that the command left behind may have them out of sight.
  expect(await queues.count(queues.results)).toBe(others.length);
});

it('fetches results that a message only points to, of both forms', async () => {
  await queues.s3.send(new CreateBucketCommand({ Bucket: 'results' }));
  const put = (Key: string, body: object) =>
    queues.s3.send(new PutObjectCommand({ Bucket: 'results', Key, Body: JSON.stringify(body) }));
  workspace.writeInput([
    { ...createLine(1), metadata: 1 },
    { custom_id: 'task', method: 'POST', url: '/v1/completions', body: { model: 'StarCoder', prompt: 'x' } },
    createLine(3),
  ]);
  const text = 'x'.repeat(2_000_000);
  worker = startWorker(queues, async ({ id, custom_id: customId, metadata }) => {
    const name = String(customId ?? id);
    const key = `oversized/${name}.json`;
    const result_location = { bucket: 'results', key };
    if (customId !== undefined) {
      const response = { status_code: 200, body: { choices: [{ text }] } };
      await put(key, { id: 'batch_req_1', custom_id: customId, response, error: null });
      return { results: [{ custom_id: customId, result_location }] };
    }
    if (!name.endsWith(':3')) await put(key, { id, status: 'succeeded', completion: { result: text }, metadata });
    return { results: [{ id, status: 'succeeded', result_location, metadata }] };
  });

  const { code, error } = await workspace.run(['in.jsonl', 'out.jsonl']);
  expect({ code, error }).toMatchObject({ code: 3, error: expect.stringContaining('2 succeeded, 1 failed') });
  expect(workspace.readOutput()).toEqual([
    { id: 'line-1', status: 'succeeded', completion: { result: text }, metadata: 1 },
    {
      id: 'batch_req_1',
      custom_id: 'task',
      response: { status_code: 200, body: { choices: [{ text }] } },
      error: null,
    },
    {
      id: 'line-3',
      status: 'failed',
      error: { code: 'internal_error', message: expect.stringContaining('results bucket'), error_code: 336000 },
    },
  ]);
});

it('takes dead letters for failed results, says why they are there, and leaves them there', async () => {
  await queues.send(queues.deadLetters, '{"id":"of-another-sender"}', { error_code: 'high_load' });
  workspace.writeInput([
    { ...createLine(1), prompt: 'given up', metadata: 'kept' },
    createLine(2),
    { ...createLine(3), prompt: 'left behind' },
    { custom_id: 'task', method: 'POST', url: '/v1/completions', body: { prompt: 'left behind' } },
  ]);
  worker = startWorker(queues, (message) => {
    const { prompt } = (message['body'] ?? message) as { prompt: string };
    const why = { error_code: 'high_load', error_number: '336100', error_message: 'Busy' };
    if (prompt === 'given up') return { deadLetter: why };
    return prompt === 'left behind' ? { deadLetter: {} } : succeed(message);
  });

  const { code, error } = await workspace.run(['in.jsonl', 'out.jsonl']);
  expect({ code, error }).toMatchObject({ code: 3, error: expect.stringContaining('1 succeeded, 3 failed') });
  expect(error).toContain('\n  2 × dead_letter, first in line 3: ');
  expect(error).toContain('\n  1 × high_load, first in line 1: Busy\n');
  const unexplained = {
    code: 'dead_letter',
    message: expect.stringContaining('dead-letter queue'),
    dead_letter: true,
  };
  expect(workspace.readOutput()).toEqual([
    {
      id: 'line-1',
      status: 'failed',
      error: { code: 'high_load', message: 'Busy', error_code: 336100, dead_letter: true },
      metadata: 'kept',
    },
    createAnswer(2),
    { id: 'line-3', status: 'failed', error: unexplained },
    { id: expect.stringMatching(/^batch_req_/), custom_id: 'task', response: null, error: unexplained },
  ]);
  const left = await queues.drain(queues.deadLetters);
  expect(left.filter(({ Body = '' }) => Body.includes('of-another-sender'))).toHaveLength(1);
  expect(left).toHaveLength(4);
});

it('writes an empty output for an empty input', async () => {
  writeFileSync(join(workspace.directory, 'in.jsonl'), '\n \r\n');
  expect(await workspace.run(['in.jsonl', 'out.jsonl'])).toMatchObject({
    code: 0,
    error: '0 of 0: 0 succeeded, 0 failed → out.jsonl\n',
  });
  expect(readFileSync(join(workspace.directory, 'out.jsonl'), 'utf8')).toBe('');
});
