// Messages of a queue reach the function as Lambda's SQS event source would bring them.
import { createServer } from 'node:http';
import type { Context } from 'aws-lambda';
import { listenLocally, stopServer } from '../../local/http-server.ts';
import { count, createQueue, send, sendEntries, startEmulation, until } from './emulated-queue.ts';
import { countCalls, poll, polled } from './polled-queue.ts';

describe('a batch', () => {
  it('has at most ten messages, and no more are taken from the queue than are handled', async () => {
    const queue = await createQueue();
    await send(queue.url, ...Array.from({ length: 10 }, (_value, index) => `a${index}`));
    await send(queue.url, ...Array.from({ length: 10 }, (_value, index) => `b${index}`));
    await send(queue.url, ...Array.from({ length: 10 }, (_value, index) => `c${index}`));
    const gate = Promise.withResolvers<void>();
    let [running, most] = [0, 0];
    const { batches } = poll(queue, async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
    });
    await until(() => running === 2);
    expect(await count(queue.url)).toEqual({ visible: 10, held: 20 });
    expect(countCalls(queue)).toBe(2);
    gate.resolve();
    await until(async () => (await count(queue.url)).held + (await count(queue.url)).visible === 0);
    expect(batches.map((records) => records.length)).toEqual([10, 10, 10]);
    expect(new Set(batches.flat().map(({ body }) => body)).size).toBe(30);
    expect(most).toBe(2);
  });

  it('comes with the context of the function', async () => {
    const queue = await createQueue();
    await send(queue.url, 'a');
    const contexts: Context[] = [];
    poll(queue, (_records, context) => void contexts.push(context), { functionName: 'other', timeoutMs: 60_000 });
    await until(() => contexts.length === 1);
    expect(contexts[0]?.functionName).toBe('other');
    expect(Math.ceil((contexts[0]?.getRemainingTimeInMillis() ?? 0) / 60_000)).toBe(1);
  });
});

describe('a FIFO queue', () => {
  it('is polled as well, the next message of a group after the one before', async () => {
    const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const queue = await createQueue(attributes, 'ordered.fifo');
    await sendEntries(
      queue.url,
      ['a1', 'b1', 'a2', 'b2'].map((body) => ({ Id: body, MessageBody: body, MessageGroupId: body.slice(0, 1) })),
    );
    const { batches } = poll(queue);
    await until(() => batches.flat().length === 4);
    const records = batches.flat();
    const bodiesOf = (group: string) =>
      records.filter(({ attributes: { MessageGroupId } }) => MessageGroupId === group).map(({ body }) => body);
    expect([bodiesOf('a'), bodiesOf('b')]).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
    expect(records[0]?.eventSourceARN).toBe('arn:aws:sqs:us-east-1:000000000000:ordered.fifo');
  });
});

describe('closing', () => {
  const patient = { closeGraceMs: 10_000 };

  it('lets a batch under way finish, and polls no more', async () => {
    const queue = await createQueue();
    await send(queue.url, 'a');
    const gate = Promise.withResolvers<void>();
    const { batches, poller } = poll(queue, () => gate.promise, patient);
    await until(() => batches.length === 1);
    const closing = poller.close();
    gate.resolve();
    await closing;
    expect(await count(queue.url)).toEqual({ visible: 0, held: 0 });
    const receives = countCalls(queue);
    await send(queue.url, 'b');
    expect(await count(queue.url)).toEqual({ visible: 1, held: 0 });
    expect(countCalls(queue)).toBe(receives);
  });

  it('does not wait for ever, and leaves what is not finished to the queue', async () => {
    const queue = await createQueue();
    await send(queue.url, 'a');
    const gate = Promise.withResolvers<void>();
    const { batches, poller } = poll(queue, () => gate.promise, { closeGraceMs: 20 });
    await until(() => batches.length === 1);
    await poller.close();
    expect(await count(queue.url)).toEqual({ visible: 0, held: 1 });
    gate.resolve();
    await until(async () => (await count(queue.url)).held === 0);
  });

  it('cuts polls under way where that loses no messages', async () => {
    const queue = await createQueue();
    const gate = Promise.withResolvers<void>();
    for (let polls = 0; polls < 2; polls += 1) polled.emulation.delayNext('ReceiveMessage', gate.promise);
    const { lines, poller } = poll(queue, () => undefined, { ...patient, cutsPolls: true });
    await until(() => countCalls(queue) === 2);
    // Without the cut this would wait for answers that do not come before the gate opens.
    await poller.close();
    gate.resolve();
    expect(lines).toEqual([]);
  });

  it('gives back what arrives after it', async () => {
    const queue = await createQueue();
    await send(queue.url, 'a');
    const gate = Promise.withResolvers<void>();
    polled.emulation.delayNext('ReceiveMessage', gate.promise);
    const { batches, poller } = poll(queue, () => undefined, { ...patient, maximumConcurrency: 1 });
    await until(() => countCalls(queue) === 1);
    const closing = poller.close();
    gate.resolve();
    await closing;
    expect(await count(queue.url)).toEqual({ visible: 1, held: 0 });
    expect(batches).toEqual([]);
  });
});

it('reports the beginning and the end of an outage, and polls on', async () => {
  const port = Number(new URL(polled.emulation.url).port);
  const queue = await createQueue({}, 'lost');
  const { batches, lines } = poll(queue, () => undefined, { retryPauseMs: 1 });
  await until(() => countCalls(queue) > 0);
  await polled.emulation.close();
  let attempts = 0;
  const broken = createServer((request) => {
    attempts += 1;
    request.destroy();
  });
  await listenLocally(broken, port);
  // The SDK makes three attempts of a call, so each of the two polls has failed at least once, and one of them again.
  await until(() => attempts > 9);
  await stopServer(broken, 0);
  expect(lines).toEqual([expect.stringMatching(/^queue lost cannot be used: \w+; polling goes on$/)]);
  polled.emulation = await startEmulation({ port });
  await createQueue({}, 'lost');
  await send(queue.url, 'a');
  await until(() => batches.length === 1);
  expect(lines.slice(1)).toEqual(['queue lost can be used again']);
});
