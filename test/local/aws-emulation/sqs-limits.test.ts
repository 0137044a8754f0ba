// The real SDK at the limits of SQS: the size of a message, and polls that end before they are answered.
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { startEmulatedQueue } from './emulated-queue.ts';
import type { EmulatedQueue } from './emulated-queue.ts';

const limitBytes = 1_048_576;
let queue: EmulatedQueue;

beforeEach(async () => {
  queue = await startEmulatedQueue();
});
afterEach(() => queue.close());

function post(operation: string, body: string): Promise<Response> {
  const headers = { 'X-Amz-Target': `AmazonSQS.${operation}`, 'Content-Type': 'application/x-amz-json-1.0' };
  return fetch(queue.emulation.url, { method: 'POST', headers, body });
}

describe('the size of a message', () => {
  it('may be one mebibyte, of which every byte arrives', async () => {
    // One byte that JSON escapes, and three bytes of one character.
    const body = '"”'.repeat(limitBytes / 4);
    await queue.send(body);
    const [message] = await queue.receive();
    expect(message?.Body === body).toBe(true);
  });

  it('may not be a byte more, attributes included', async () => {
    const body = 'x'.repeat(limitBytes);
    await expect(queue.send(`${body}x`)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const attributes = { MessageAttributes: { n: { DataType: 'String', StringValue: 'v' } } };
    await expect(queue.send(body, attributes)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('is that of the text, however a client escapes it', async () => {
    const escaped = String.raw`\u003c`.repeat(limitBytes);
    expect((await post('SendMessage', `{"QueueUrl":"${queue.url}","MessageBody":"${escaped}"}`)).status).toBe(200);
    const [message] = await queue.receive();
    expect(message?.Body === '<'.repeat(limitBytes)).toBe(true);
  });
});

describe('the characters of a message', () => {
  it.each(['😀 𝒳', '”\t\r\n', '\uE000\uFFFD'])('may be %j', async (body) => {
    await queue.send(body);
    expect(await queue.receive()).toMatchObject([{ Body: body }]);
  });

  it.each(['\u0000', '\uFFFE', '\uD83D'])('may not be %j', async (body) => {
    const answer = await post('SendMessage', JSON.stringify({ QueueUrl: queue.url, MessageBody: body }));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('InvalidMessageContents');
  });
});

describe('a long poll', () => {
  it('ends with the message that arrives', async () => {
    const polling = queue.receive({ WaitTimeSeconds: 20 });
    await queue.seen('ReceiveMessage');
    await queue.send('hello');
    expect(await polling).toMatchObject([{ Body: 'hello' }]);
  });

  it('that its client has given up takes no message', async () => {
    const leaving = new AbortController();
    const poll = new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 });
    const polling = queue.client.send(poll, { abortSignal: leaving.signal });
    await queue.seen('ReceiveMessage');
    leaving.abort();
    await expect(polling).rejects.toMatchObject({ name: 'AbortError' });
    await queue.send('hello');
    // Long enough for what is left of the poll to take the message, if anything is.
    expect(await queue.receive({ QueueUrl: await queue.create('empty'), WaitTimeSeconds: 1 })).toEqual([]);
    expect(await queue.receive()).toMatchObject([{ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } }]);
  });

  it('that was held back takes no message for a client that has left meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    queue.emulation.delayNext('ReceiveMessage', gate.promise);
    const leaving = new AbortController();
    const poll = new ReceiveMessageCommand({ QueueUrl: queue.url });
    const polling = queue.client.send(poll, { abortSignal: leaving.signal });
    await queue.seen('ReceiveMessage');
    leaving.abort();
    await expect(polling).rejects.toMatchObject({ name: 'AbortError' });
    await queue.send('hello');
    gate.resolve();
    await queue.create('other');
    expect(await queue.receive()).toMatchObject([{ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } }]);
  });

  it('is cut when the emulation closes', async () => {
    const polling = queue.receive({ WaitTimeSeconds: 20 });
    const cut = polling.catch((error: unknown) => String(error));
    await queue.seen('ReceiveMessage');
    await queue.emulation.close();
    expect(await cut).toMatch(/socket hang up|ECONNRESET/);
    queue.client.destroy();
    queue = await startEmulatedQueue();
  });
});

it.each([
  ['a message that is no text', 'SendMessage', { MessageBody: 1 }],
  ['a batch entry without a body', 'SendMessageBatch', { Entries: [{ Id: 'a' }] }],
])('fails on %s without quoting the emulator', async (_title, operation, input) => {
  const response = await post(operation, JSON.stringify({ QueueUrl: queue.url, ...input }));
  const failure = { __type: 'InternalFailure', Message: 'The SQS emulator failed.' };
  expect([response.status, await response.json()]).toEqual([500, failure]);
});
