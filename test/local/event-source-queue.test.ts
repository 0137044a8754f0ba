// A call to the queue has failed when the answer says so, unless it was too late anyway.
import { createServer } from 'node:http';
import { createEventSourceQueue } from '../../local/event-source-queue.ts';
import { listenLocally, stopServer } from '../../local/http-server.ts';
import { useEndpoint } from './emulated-queue.ts';

let failed: unknown[] = [];
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ Successful: [], Failed: failed }));
});
let url = '';

beforeAll(async () => {
  url = await listenLocally(server, 0);
  useEndpoint(url);
});
afterAll(() => stopServer(server, 0));

const messages = [{ MessageId: 'a', ReceiptHandle: 'handle' }];

it('takes it that a delivery is none any more', async () => {
  failed = [{ Id: '0', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }];
  await expect(createEventSourceQueue(`${url}/0/queue`).remove(messages)).resolves.toBeUndefined();
});

it('fails when a message could not be deleted', async () => {
  failed = [
    { Id: '0', SenderFault: true, Code: 'ReceiptHandleIsInvalid' },
    { Id: '1', SenderFault: false, Code: 'InternalError' },
  ];
  await expect(createEventSourceQueue(`${url}/0/queue`).remove(messages)).rejects.toMatchObject({
    name: 'InternalError',
  });
});

it('calls its endpoint, whatever host the URL of the queue names', async () => {
  failed = [];
  await expect(createEventSourceQueue('http://elsewhere.test/0/queue').remove(messages)).resolves.toBeUndefined();
});
