// Results on their way from the results queue into the journal.
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, findPlace } from '../../../scripts/batch/connect.ts';
import type { Connection } from '../../../scripts/batch/connect.ts';
import { openLedger } from '../../../scripts/batch/ledger.ts';
import type { Ledger } from '../../../scripts/batch/ledger.ts';
import { receiveResults } from '../../../scripts/batch/receive-results.ts';
import { startQueues, waitFor } from './start-queues.ts';
import type { TestQueues } from './start-queues.ts';

let directory: string;
let queues: TestQueues;
let connection: Connection;
let ledger: Ledger;
let controller: AbortController;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-receive-'));
  queues = await startQueues();
  const environment = { AWS_PORT: String(queues.port) };
  connection = await connect(findPlace(undefined, environment), environment);
  const header = { kind: 'header', runId: 'run', inputHash: 'abc', queue: 'q' } as const;
  ledger = await openLedger(join(directory, 'journal'), header);
  controller = new AbortController();
});

afterEach(async () => {
  connection.sqs.destroy();
  await queues.stop();
  rmSync(directory, { recursive: true });
});

function receive(): Promise<void> {
  return receiveResults({ ledger, connection, signal: controller.signal });
}

it('deletes a result when it is in the journal, and one that comes again', async () => {
  const first = { id: 'run:1', status: 'succeeded', completion: { result: 'first' } };
  await queues.send(queues.results, JSON.stringify(first));
  const receiving = receive();
  await ledger.waitUntil(() => ledger.hasOutcome(1), controller.signal);
  await queues.send(queues.results, JSON.stringify({ id: 'run:1', status: 'failed' }));
  await waitFor(async () => (await queues.count(queues.results)) === 0);
  controller.abort();
  await receiving;
  expect(await ledger.readOutcome(1)).toEqual({ kind: 'result', line: 1, result: first });
  await ledger.close();
});

it('deletes nothing that the journal did not take', async () => {
  await queues.send(queues.results, '{"id":"run:1","status":"succeeded"}');
  await ledger.close();
  await expect(receive()).rejects.toThrow(/closed|EBADF/);
  expect(await queues.count(queues.results)).toBe(1);
});

it('does not receive the result of another over and over', async () => {
  await queues.send(queues.results, '{"id":"of-another"}');
  const receiving = receive();
  const howMany = 40;
  for (let line = 1; line <= howMany; line += 1) {
    await queues.send(queues.results, JSON.stringify({ id: `run:${line}`, status: 'succeeded' }));
    await ledger.waitUntil(() => ledger.hasOutcome(line), controller.signal);
  }
  controller.abort();
  await receiving;
  await ledger.close();
  // It is back after some seconds, so a very slow machine may receive it a few times.
  expect(await receiveCountOfNext()).toBeLessThan(howMany / 2);
});

async function receiveCountOfNext(): Promise<number> {
  for (;;) {
    const command = new ReceiveMessageCommand({
      QueueUrl: queues.results,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      WaitTimeSeconds: 20,
    });
    const [message] = (await queues.sqs.send(command)).Messages ?? [];
    if (message !== undefined) return Number(message.Attributes?.ApproximateReceiveCount);
  }
}

it('does not write down an object that is the result of another line', async () => {
  const result_location = { bucket: 'none', key: 'none' };
  await queues.send(queues.results, JSON.stringify({ id: 'run:1', result_location: { bucket: 1 } }));
  const receiving = receive();
  await ledger.waitUntil(() => ledger.hasOutcome(1), controller.signal);
  expect(await ledger.readOutcome(1)).toMatchObject({ kind: 'error', error: { code: 'internal_error' } });
  // S3 says of a bucket that it is missing, too; only a missing object is a verdict.
  await queues.send(queues.results, JSON.stringify({ id: 'run:2', result_location }));
  await expect(receiving).rejects.toMatchObject({
    message: expect.stringMatching(/^The result s3:\/\/none\/none cannot be read: NoSuchBucket/),
    exitCode: 1,
  });
  await ledger.close();
});
