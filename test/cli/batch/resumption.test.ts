// `npm run batch` that is interrupted, and goes on when it is started again.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { startQueues, startWorker, stageNames, waitFor } from './start-queues.ts';
import type { StandInWorker, TestQueues } from './start-queues.ts';
import { answers, createWorkspace, lines, stageKeys, succeed } from './workspace.ts';
import type { Workspace } from './workspace.ts';

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

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

it('goes on after kill -9 with nothing lost, nothing doubled and nothing sent again that is known to be sent', async () => {
  const total = 1_200;
  workspace.writeInput(lines(total));
  let answered = 0;
  let answersAllowed = 0;
  worker = startWorker(
    queues,
    (message) => {
      answered += 1;
      return succeed(message);
    },
    () => answered < answersAllowed,
  );
  for (const kill of [1, 2, 3]) {
    const { child, ended } = workspace.start(['in.jsonl', 'out.jsonl']);
    answersAllowed = kill * 300;
    // The first kills meet the sending: no more than 1000 lines wait for a result at a time.
    await waitFor(() => count(workspace.readJournal(), '"result"') > (kill - 1) * 300);
    child.kill('SIGKILL');
    expect((await ended).code).toBeNull();
  }
  expect(existsSync(join(workspace.directory, 'out.jsonl'))).toBe(false);
  // The last kill meets the writing of an entry.
  appendFileSync(join(workspace.directory, 'out.jsonl.journal'), '{"line":1200,"result":{"id":"');
  answersAllowed = total;

  const { code, error } = await workspace.run(['in.jsonl', 'out.jsonl']);
  expect({ code, error }).toMatchObject({
    code: 0,
    error: expect.stringMatching(/1200 of 1200: 1200 succeeded, 0 failed → out\.jsonl\n$/),
  });
  expect(workspace.readOutput()).toEqual(answers(total));
  const sentAgain = [...worker.received.values()].filter((times) => times > 1);
  expect(worker.received.size).toBe(total);
  // One request to SQS is uncertain for each kill.
  expect(sentAgain.length).toBeLessThanOrEqual(30);
  expect(sentAgain.every((times) => times === 2)).toBe(true);
}, 120_000);

it('stops in order on SIGINT, says how to go on, and goes on', async () => {
  workspace.writeInput(lines(100));
  let answered = 0;
  let isAllowed = false;
  worker = startWorker(
    queues,
    (message) => {
      answered += 1;
      return succeed(message);
    },
    () => isAllowed || answered < 50,
  );
  const { child, ended } = workspace.start(['in.jsonl', 'out.jsonl']);
  await waitFor(() => count(workspace.readJournal(), '"result"') > 0);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({
    code: 1,
    error: expect.stringMatching(
      /\n\d+ of 100: \d+ succeeded, 0 failed\nInterrupted; .*\nTo go on: npm run batch -- in\.jsonl out\.jsonl\n$/,
    ),
  });
  isAllowed = true;
  expect((await workspace.run(['in.jsonl', 'out.jsonl'])).code).toBe(0);
  expect(workspace.readOutput()).toEqual(answers(100));
  expect([...worker.received.values()].every((times) => times === 1)).toBe(true);
}, 60_000);

it.each([
  ['input', /The input has changed since this run began.*delete out\.jsonl\.journal/],
  ['queue', /This run began with the queue \/\d+\/qianfan-requests, not http.*name the stage of that queue/],
])('does not go on with another %s', async (changed, message) => {
  workspace.writeInput(lines(10));
  const { child, ended } = workspace.start(['in.jsonl', 'out.jsonl']);
  await waitFor(() => workspace.readJournal().includes('"sent"'));
  child.kill('SIGKILL');
  await ended;
  const journal = workspace.readJournal();
  const stage = await startQueues(stageNames);
  if (changed === 'input') workspace.writeInput(lines(11));
  const { code, out, error } = await (changed === 'input'
    ? workspace.run(['in.jsonl', 'out.jsonl'])
    : workspace.run(['in.jsonl', 'out.jsonl', '--stage', 'prod'], { ...stageKeys, AWS_ENDPOINT_URL: stage.url }));
  await stage.stop();
  expect({ code, out, error }).toEqual({ code: 2, out: '', error: expect.stringMatching(message) });
  expect(workspace.readJournal()).toBe(journal);
});
