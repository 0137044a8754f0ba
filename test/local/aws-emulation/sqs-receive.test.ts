// Receiving: what is waited for, and what becomes of messages whose receiver has left.
import { createSqsEmulator } from '../../../local/aws-emulation/sqs-emulator.ts';
import type { SqsEmulator } from '../../../local/aws-emulation/sqs-emulator.ts';
import { receiveMessages } from '../../../local/aws-emulation/sqs-receive.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

const QueueUrl = 'http://127.0.0.1/000000000000/q';
const staying = new AbortController().signal;
let emulator: SqsEmulator;

beforeEach(async () => {
  emulator = createSqsEmulator('us-east-1');
  await emulator.ask('CreateQueue', { QueueName: 'q', Attributes: { ReceiveMessageWaitTimeSeconds: '3' } });
});

const send = (MessageBody: string) => emulator.ask('SendMessage', { QueueUrl, MessageBody });
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

async function readReceiveCount(): Promise<unknown> {
  const input = { QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'] };
  const { output } = await emulator.ask('ReceiveMessage', { ...input, WaitTimeSeconds: 0 });
  return output['Messages'];
}

it.each([
  ['as long as it was asked to', { WaitTimeSeconds: 20 }, 20_000],
  ['as long as the queue says', {}, 3_000],
  ['not at all when asked for that', { WaitTimeSeconds: 0 }, 0],
])('waits for a message %s', async (_title, wait, expectedMs) => {
  const clock = createFakeClock();
  expect(await receiveMessages(emulator, { QueueUrl, ...wait }, staying, clock)).toMatchObject({ output: {} });
  expect(sum(clock.sleeps)).toBe(expectedMs);
  // A message that comes is noticed soon.
  expect(Math.max(0, ...clock.sleeps)).toBeLessThanOrEqual(200);
});

it('does not wait when there is a message', async () => {
  await send('hello');
  const clock = createFakeClock();
  const { output } = await receiveMessages(emulator, { QueueUrl }, staying, clock);
  expect(output).toMatchObject({ Messages: [{ Body: 'hello' }] });
  expect(clock.sleeps).toEqual([]);
});

it.each([[{ WaitTimeSeconds: 21 }], [{ WaitTimeSeconds: -1 }], [{ MaxNumberOfMessages: 11 }]])(
  'refuses %j at once',
  async (fault) => {
    const clock = createFakeClock();
    const answer = await receiveMessages(emulator, { QueueUrl, ...fault }, staying, clock);
    expect(answer).toMatchObject({ status: 400, output: { __type: expect.stringContaining('InvalidParameterValue') } });
    expect(clock.sleeps).toEqual([]);
  },
);

it('refuses a queue that is not there', async () => {
  const missing = { QueueUrl: `${QueueUrl}-missing` };
  expect(await receiveMessages(emulator, missing, staying, createFakeClock())).toMatchObject({ status: 400 });
});

it('takes nothing for a client that has left before, or leaves while it waits', async () => {
  const leaving = new AbortController();
  const clock = {
    ...createFakeClock(),
    sleep: async () => {
      leaving.abort();
      await send('hello');
      leaving.signal.throwIfAborted();
    },
  };
  for (const _call of ['leaves', 'has left']) {
    expect(await receiveMessages(emulator, { QueueUrl }, leaving.signal, clock)).toMatchObject({ output: {} });
  }
  expect(await readReceiveCount()).toMatchObject([{ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } }]);
});

it('gives back what it took for a client that left meanwhile', async () => {
  await send('first');
  await send('second');
  const leaving = new AbortController();
  const slow: SqsEmulator = {
    ask: async (operation, input) => {
      const answer = await emulator.ask(operation, input);
      if (operation === 'ReceiveMessage') leaving.abort();
      return answer;
    },
  };
  const answer = await receiveMessages(slow, { QueueUrl, MaxNumberOfMessages: 10 }, leaving.signal, createFakeClock());
  expect(answer.output).toEqual({});
  for (const Body of ['first', 'second']) expect(await readReceiveCount()).toMatchObject([{ Body }]);
});

it('passes on what keeps it from waiting', async () => {
  const clock = { ...createFakeClock(), sleep: () => Promise.reject(new RangeError('no clock')) };
  await expect(receiveMessages(emulator, { QueueUrl }, staying, clock)).rejects.toThrow(RangeError);
});
