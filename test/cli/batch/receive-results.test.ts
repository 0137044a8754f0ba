// Results on their way from the results queue into the journal.
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { receiveResults } from '../../../cli/batch/receive-results.ts';
import { startConnectedRun } from './connected-run.ts';
import type { ConnectedRun } from './connected-run.ts';
import { waitFor } from './start-queues.ts';

let run: ConnectedRun;

beforeEach(async () => {
  run = await startConnectedRun();
});

afterEach(() => run.end());

function receive(): Promise<void> {
  return receiveResults({ ...run, signal: run.controller.signal });
}

it('deletes a result when it is in the journal, and one that comes again', async () => {
  const first = { id: 'run:1', status: 'succeeded', completion: { result: 'first' } };
  await run.queues.send(run.queues.results, JSON.stringify(first));
  const receiving = receive();
  await run.ledger.waitUntil(() => run.ledger.hasOutcome(1), run.controller.signal);
  await run.queues.send(run.queues.results, JSON.stringify({ id: 'run:1', status: 'failed' }));
  await waitFor(async () => (await run.queues.count(run.queues.results)) === 0);
  run.controller.abort();
  await receiving;
  expect(await run.ledger.readOutcome(1)).toEqual({ kind: 'result', line: 1, result: first });
  await run.ledger.close();
});

it('deletes nothing that the journal did not take', async () => {
  await run.queues.send(run.queues.results, '{"id":"run:1","status":"succeeded"}');
  await run.ledger.close();
  await expect(receive()).rejects.toThrow(/closed|EBADF/);
  expect(await run.queues.count(run.queues.results)).toBe(1);
});

it('does not receive the result of another over and over', async () => {
  await run.queues.send(run.queues.results, '{"id":"of-another"}');
  const receiving = receive();
  const howMany = 40;
  for (let line = 1; line <= howMany; line += 1) {
    await run.queues.send(run.queues.results, JSON.stringify({ id: `run:${line}`, status: 'succeeded' }));
    await run.ledger.waitUntil(() => run.ledger.hasOutcome(line), run.controller.signal);
  }
  run.controller.abort();
  await receiving;
  await run.ledger.close();
  // It is back after some seconds, so a very slow machine may receive it a few times.
  expect(await receiveCountOfNext()).toBeLessThan(howMany / 2);
});

async function receiveCountOfNext(): Promise<number> {
  for (;;) {
    const command = new ReceiveMessageCommand({
      QueueUrl: run.queues.results,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      WaitTimeSeconds: 20,
    });
    const [message] = (await run.queues.sqs.send(command)).Messages ?? [];
    if (message !== undefined) return Number(message.Attributes?.ApproximateReceiveCount);
  }
}

it('does not write down an object that is the result of another line', async () => {
  const result_location = { bucket: 'none', key: 'none' };
  await run.queues.send(run.queues.results, JSON.stringify({ id: 'run:1', result_location: { bucket: 1 } }));
  const receiving = receive();
  await run.ledger.waitUntil(() => run.ledger.hasOutcome(1), run.controller.signal);
  expect(await run.ledger.readOutcome(1)).toMatchObject({ kind: 'error', error: { code: 'internal_error' } });
  // S3 says of a bucket that it is missing, too; only a missing object is a verdict.
  await run.queues.send(run.queues.results, JSON.stringify({ id: 'run:2', result_location }));
  await expect(receiving).rejects.toMatchObject({
    message: expect.stringMatching(/^The result s3:\/\/none\/none cannot be read: NoSuchBucket/),
    exitCode: 1,
  });
  await run.ledger.close();
});
