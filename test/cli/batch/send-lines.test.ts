// Lines on their way to the request queue.
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { Connection } from '../../../cli/batch/connect.ts';
import { mostOutstanding, sendLines } from '../../../cli/batch/send-lines.ts';
import { startConnectedRun } from './connected-run.ts';
import type { ConnectedRun } from './connected-run.ts';

let run: ConnectedRun;

beforeEach(async () => {
  run = await startConnectedRun();
});

afterEach(() => run.end());

function send(lines: readonly object[], connection: Connection = run.connection): Promise<void> {
  const inputPath = join(run.directory, 'in.jsonl');
  writeFileSync(inputPath, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return sendLines({ inputPath, ledger: run.ledger, connection, signal: run.controller.signal });
}

function createLines(howMany: number): readonly object[] {
  return Array.from({ length: howMany }, () => ({ id: 'a' }));
}

it('has no more than a thousand lines wait for results at a time, and goes on when results come', async () => {
  const total = mostOutstanding + 205;
  let most = 0;
  const sampling = run.ledger.waitUntil(() => {
    const { succeeded, failed, outstanding } = run.ledger.counts;
    most = Math.max(most, outstanding);
    return succeeded + failed + outstanding === total;
  }, run.controller.signal);
  const sending = send(createLines(total));
  await run.ledger.waitUntil(() => run.ledger.counts.outstanding === mostOutstanding, run.controller.signal);
  // Time enough for a sender that does not wait.
  for (let requests = 0; requests < 100; requests += 1) await run.queues.count(run.queues.requests);
  const answered = Array.from({ length: 500 }, (_, index) => index + 1);
  await run.ledger.record(answered.map((line) => ({ kind: 'result', line, result: {} })));
  await Promise.all([sending, sampling]);
  expect(most).toBe(mostOutstanding);
  expect(run.ledger.counts.outstanding).toBe(total - answered.length);
  expect(await run.queues.count(run.queues.requests)).toBe(total);
});

it('sends nothing more once it is told to stop', async () => {
  const sending = send(createLines(mostOutstanding + 1));
  await run.ledger.waitUntil(() => run.ledger.counts.outstanding === mostOutstanding, run.controller.signal);
  const reason = new Error('interrupted');
  run.controller.abort(reason);
  await expect(sending).rejects.toBe(reason);
  expect(await run.queues.count(run.queues.requests)).toBe(mostOutstanding);
});

it('sends neither what was sent nor what has a result', async () => {
  await run.ledger.markSent([1]);
  await run.ledger.record([{ kind: 'result', line: 2, result: {} }]);
  await send(createLines(3));
  const bodies = (await run.queues.drain(run.queues.requests)).map(({ Body }) => Body);
  expect(bodies).toEqual(['{"id":"run:3"}']);
});

it('takes a line that the queue refuses for failed', async () => {
  const Attributes = { MaximumMessageSize: '1024' };
  await run.queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl: run.queues.requests, Attributes }));
  await send([{ id: 'a' }, { id: 'b', prompt: 'x'.repeat(2_000) }, { id: 'c' }]);
  expect(run.ledger.counts).toEqual({ succeeded: 0, failed: 1, outstanding: 2 });
  expect(await run.ledger.readOutcome(2)).toMatchObject({
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
  return { connection: { ...run.connection, sqs }, requests, stop };
}

it('tries again what the queue could not take for now', async () => {
  const stingy = await startStingyQueue({ Code: 'InternalError', SenderFault: false });
  await send(createLines(3), stingy.connection);
  await stingy.stop();
  expect(stingy.requests).toEqual([['1', '2', '3'], ['2', '3'], ['3']]);
  expect(run.ledger.counts).toEqual({ succeeded: 0, failed: 0, outstanding: 3 });
});

it('gives up when the queue takes nothing, and does not take the lines for failed', async () => {
  const stingy = await startStingyQueue({ Code: 'KmsAccessDenied', SenderFault: true });
  const sending = send(createLines(8), stingy.connection);
  await expect(sending).rejects.toMatchObject({ message: 'SQS does not take messages: KmsAccessDenied: Not now' });
  await stingy.stop();
  expect(stingy.requests).toHaveLength(6);
  expect(run.ledger.counts).toEqual({ succeeded: 0, failed: 0, outstanding: 6 });
}, 30_000);
