// Where `npm run batch` sends a file to, and what it says when it cannot begin.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localNames, stageNames, startQueues, startWorker } from './start-queues.ts';
import type { QueueNames, StandInWorker, TestQueues } from './start-queues.ts';
import { answers, createWorkspace, lines, stageKeys, succeed } from './workspace.ts';
import type { Environment, Workspace } from './workspace.ts';

let workspace: Workspace;
let queues: TestQueues;
let worker: StandInWorker | undefined;

async function prepare(names: QueueNames): Promise<void> {
  queues = await startQueues(names);
  workspace = createWorkspace(queues.port);
}

afterEach(async () => {
  await workspace.remove();
  await worker?.stop();
  worker = undefined;
  await queues.stop();
});

it('finds the queues of a stage by its name, and sends to a FIFO queue', async () => {
  await prepare(stageNames);
  workspace.writeInput(lines(25));
  worker = startWorker(queues, (message) =>
    message['prompt'] === 'prompt 7' ? { deadLetter: { error_code: 'high_load' } } : succeed(message),
  );
  const environment = { ...stageKeys, AWS_ENDPOINT_URL: queues.url };
  expect((await workspace.run(['in.jsonl', 'out.jsonl', '--stage', 'prod'], environment)).code).toBe(3);
  const expected: unknown[] = answers(25);
  expected[6] = expect.objectContaining({ id: 'line-7', status: 'failed' });
  expect(workspace.readOutput()).toEqual(expected);
});

it.each<[string, readonly string[], Environment, number, RegExp]>([
  ['no arguments', [], {}, 2, /^usage: npm run batch/],
  ['an unknown option', ['in.jsonl', 'out.jsonl', '--force'], {}, 2, /--force/],
  ['an input that is not there', ['none.jsonl', 'out.jsonl'], {}, 2, /no such file.*none\.jsonl/],
  ['an output in no directory', ['in.jsonl', 'no/out.jsonl'], {}, 2, /no such file.*no\/out\.jsonl/],
  ['an output that is there', ['in.jsonl', 'old.jsonl'], {}, 2, /^old\.jsonl exists already/],
  [
    'no local run',
    ['in.jsonl', 'out.jsonl'],
    { AWS_PORT: '1' },
    1,
    /^No local run answers.*:1; start it with "npm start"/,
  ],
  [
    'a stage that is not deployed',
    ['in.jsonl', 'out.jsonl', '--stage', 'test'],
    stageKeys,
    2,
    /^There is no queue qianfan-serverless-test-\S+; is the stage test deployed/,
  ],
  ['no region', ['in.jsonl', 'out.jsonl', '--stage', 'prod'], {}, 1, /^No AWS region is set/],
  [
    'no credentials',
    ['in.jsonl', 'out.jsonl', '--stage', 'prod'],
    { AWS_REGION: 'us-east-1' },
    1,
    /^No AWS credentials were found/,
  ],
])('says what is wrong with %s', async (_name, parameters, environment, exitCode, message) => {
  await prepare(localNames);
  workspace.writeInput(lines(1));
  const oldPath = join(workspace.directory, 'old.jsonl');
  writeFileSync(oldPath, 'kept');
  const isStage = parameters.includes('--stage');
  const place = isStage ? { AWS_ENDPOINT_URL: queues.url } : { AWS_PORT: String(queues.port) };
  const { code, out, error } = await workspace.run(parameters, { ...place, ...environment });
  expect({ code, out, error }).toEqual({ code: exitCode, out: '', error: expect.stringMatching(message) });
  expect(readFileSync(oldPath, 'utf8')).toBe('kept');
  expect(await queues.count(queues.requests)).toBe(0);
});
