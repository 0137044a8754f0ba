// Lines on their way to the request queue.
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, findPlace } from '../../../scripts/batch/connect.ts';
import type { Connection } from '../../../scripts/batch/connect.ts';
import { openLedger } from '../../../scripts/batch/ledger.ts';
import type { Ledger } from '../../../scripts/batch/ledger.ts';
import { mostOutstanding, sendLines } from '../../../scripts/batch/send-lines.ts';
import { startQueues } from './start-queues.ts';
import type { TestQueues } from './start-queues.ts';

let directory: string;
let queues: TestQueues;
let connection: Connection;
let ledger: Ledger;
let controller: AbortController;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-send-'));
  queues = await startQueues();
  const environment = { AWS_PORT: String(queues.port) };
  connection = await connect(findPlace(undefined, environment), environment);
  const header = { kind: 'header', runId: 'run', inputHash: 'abc', queue: 'q' } as const;
  ledger = await openLedger(join(directory, 'journal'), header);
  controller = new AbortController();
});

afterEach(async () => {
  await ledger.close();
  connection.sqs.destroy();
  await queues.stop();
  rmSync(directory, { recursive: true });
});

function send(lines: readonly object[], through = connection): Promise<void> {
  const inputPath = join(directory, 'in.jsonl');
  writeFileSync(inputPath, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return sendLines({ inputPath, ledger, connection: through, signal: controller.signal });
}

function createLines(howMany: number): readonly object[] {
  return Array.from({ length: howMany }, () => ({ id: 'a' }));
}

it('has no more than a thousand lines wait for results at a time, and goes on when results come', async () => {
  const total = mostOutstanding + 205;
  let most = 0;
  const sampling = ledger.waitUntil(() => {
    const { succeeded, failed, outstanding } = ledger.counts;
    most = Math.max(most, outstanding);
    return succeeded + failed + outstanding === total;
  }, controller.signal);
  const sending = send(createLines(total));
  await ledger.waitUntil(() => ledger.counts.outstanding === mostOutstanding, controller.signal);
  // Time enough for a sender that does not wait.
  for (let requests = 0; requests < 100; requests += 1) await queues.count(queues.requests);
  const answered = Array.from({ length: 500 }, (_, index) => index + 1);
  await ledger.record(answered.map((line) => ({ kind: 'result', line, result: {} })));
  await Promise.all([sending, sampling]);
  expect(most).toBe(mostOutstanding);
  expect(ledger.counts.outstanding).toBe(total - answered.length);
  expect(await queues.count(queues.requests)).toBe(total);
});

it('sends nothing more once it is told to stop', async () => {
  const sending = send(createLines(mostOutstanding + 1));
  await ledger.waitUntil(() => ledger.counts.outstanding === mostOutstanding, controller.signal);
  const reason = new Error('interrupted');
  controller.abort(reason);
  await expect(sending).rejects.toBe(reason);
  expect(await queues.count(queues.requests)).toBe(mostOutstanding);
});

it('sends neither what was sent nor what has a result', async () => {
  await ledger.markSent([1]);
  await ledger.record([{ kind: 'result', line: 2, result: {} }]);
  await send(createLines(3));
  const bodies = (await queues.drain(queues.requests)).map(({ Body }) => Body);
  expect(bodies).toEqual(['{"id":"run:3"}']);
});

it('takes a line that the queue refuses for failed', async () => {
  const Attributes = { MaximumMessageSize: '1024' };
  await queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queues.requests, Attributes }));
  await send([{ id: 'a' }, { id: 'b', prompt: 'x'.repeat(2_000) }, { id: 'c' }]);
  expect(ledger.counts).toEqual({ succeeded: 0, failed: 1, outstanding: 2 });
  expect(await ledger.readOutcome(2)).toMatchObject({
    kind: 'error',
    error: { code: 'invalid_argument', message: expect.stringMatching(/^The queue refused the message: .*1024 bytes/) },
  });
});

/** An SQS that takes only the first message of each request, and says of the others what it is told to. */
async function startStingyQueue(failure: { readonly Code: string; readonly SenderFault: boolean }) {
  const requests: (readonly string[])[] = [];
  const answer = (body: string): string => {
    const { Entries } = JSON.parse(body) as { Entries: { Id: string; MessageBody: string }[] };
    requests.push(Entries.map(({ Id }) => Id));
    const Successful = Entries.slice(0, 1).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    const Failed = Entries.slice(1).map(({ Id }) => ({ Id, ...failure, Message: 'Not now' }));
    return JSON.stringify({ Successful, Failed });
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    void text(request).then((body) => response.end(answer(body)));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sqs = new SQSClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const stop = async (): Promise<void> => {
    sqs.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { connection: { ...connection, sqs }, requests, stop };
}

it('tries again what the queue could not take for now', async () => {
  const stingy = await startStingyQueue({ Code: 'InternalError', SenderFault: false });
  await send(createLines(3), stingy.connection);
  await stingy.stop();
  expect(stingy.requests).toEqual([['1', '2', '3'], ['2', '3'], ['3']]);
  expect(ledger.counts).toEqual({ succeeded: 0, failed: 0, outstanding: 3 });
});

it('gives up when the queue takes nothing, and does not take the lines for failed', async () => {
  const stingy = await startStingyQueue({ Code: 'KmsAccessDenied', SenderFault: true });
  const sending = send(createLines(8), stingy.connection);
  await expect(sending).rejects.toMatchObject({ message: 'SQS does not take messages: KmsAccessDenied: Not now' });
  await stingy.stop();
  expect(stingy.requests).toHaveLength(6);
  expect(ledger.counts).toEqual({ succeeded: 0, failed: 0, outstanding: 6 });
}, 30_000);
