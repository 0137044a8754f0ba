// The local run has the queues of a deployment, and takes their messages to the queue worker.
import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Context, SQSEvent } from 'aws-lambda';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import { startLocal } from '../../local/start.ts';
import type { LocalHandlers, LocalRun } from '../../local/start.ts';
import { count, createQueue, sendEntries, until, useEndpoint } from './emulated-queue.ts';
import { startPartialEmulator } from './partial-emulator.ts';

const anyPorts = { PORT: '0', SIMULATOR_PORT: '0', AWS_PORT: '0' };

/** What the queue worker found while it loaded, and what it was invoked with. */
let worker: { environment: Record<string, string | undefined>; invocations: [string, SQSEvent][] };

const loadHandlers = async (): Promise<LocalHandlers> => {
  const { RESULTS_QUEUE_URL, RESULTS_BUCKET, STATE_TABLE, QUEUE_MAXIMUM_CONCURRENCY } = process.env;
  const environment = { RESULTS_QUEUE_URL, RESULTS_BUCKET, STATE_TABLE, QUEUE_MAXIMUM_CONCURRENCY };
  worker = { environment, invocations: [] };
  return {
    completion: awslambda.streamifyResponse(async (_event, stream) => {
      awslambda.HttpResponseStream.from(stream, { statusCode: 200 }).write('');
      stream.end();
    }),
    tokenRefresh: () => undefined,
    queueWorker: async (event: SQSEvent, context: Context) => {
      worker.invocations.push([describeContext(context), event]);
      return { batchItemFailures: [] };
    },
  };
};

function describeContext(context: Context): string {
  return `${context.functionName} ${Math.ceil(context.getRemainingTimeInMillis() / 1000)}`;
}

let local: LocalRun | undefined;

afterEach(async () => {
  await local?.close();
  local = undefined;
});

it('has messages of the queue taken to the queue worker, and deleted', async () => {
  local = await startLocal(anyPorts, loadHandlers);
  const { url = '' } = local.queues?.requests[0] ?? {};
  expect(url).toBe(`${local.awsUrl}/000000000000/qianfan-requests`);
  await sendEntries(url, [{ Id: 'a', MessageBody: 'body' }]);
  await until(async () => worker.invocations.length === 1 && (await count(url)).held === 0);
  expect(worker.invocations).toEqual([
    ['qianfan-serverless-local-queue-worker 120', { Records: [expect.objectContaining({ body: 'body' })] }],
  ]);
  expect(local.notices).toEqual([]);
});

it('has its results queue, its bucket and its table named to the worker before that loads', async () => {
  local = await startLocal({ ...anyPorts, QUEUE_MAXIMUM_CONCURRENCY: '50' }, loadHandlers);
  expect(worker.environment).toEqual({
    RESULTS_QUEUE_URL: `${local.awsUrl}/000000000000/qianfan-results`,
    RESULTS_BUCKET: 'qianfan-results',
    STATE_TABLE: 'qianfan-state',
    QUEUE_MAXIMUM_CONCURRENCY: '1',
  });
});

it('has a worker that Lambda can invoke by its name', async () => {
  local = await startLocal(anyPorts, loadHandlers);
  const FunctionName = 'qianfan-serverless-local-queue-worker';
  const { Payload } = await new LambdaClient().send(new InvokeCommand({ FunctionName, Payload: '{"Records":[]}' }));
  expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ batchItemFailures: [] });
  expect(worker.invocations).toEqual([[expect.any(String), { Records: [] }]]);
});

it('is polled with the FIFO queue of an emulator that has one', async () => {
  const emulator = await startAwsEmulation({ port: 0, functions: new Map() });
  useEndpoint(emulator.url);
  const { url } = await createQueue({ FifoQueue: 'true' }, 'qianfan-requests.fifo');
  local = await startLocal({ ...anyPorts, AWS_ENDPOINT_URL: emulator.url }, loadHandlers);
  await sendEntries(url, [{ Id: 'a', MessageBody: 'b', MessageGroupId: 'c', MessageDeduplicationId: 'd' }]);
  await until(() => worker.invocations.length === 1);
  const [record] = worker.invocations[0]?.[1].Records ?? [];
  expect(record).toMatchObject({ body: 'b', attributes: { MessageGroupId: 'c', MessageDeduplicationId: 'd' } });
  await local.close();
  await emulator.close();
});

it('has a batch under way finished before the run is closed', async () => {
  const emulator = await startAwsEmulation({ port: 0, functions: new Map() });
  let isInvoked = false;
  local = await startLocal({ ...anyPorts, AWS_ENDPOINT_URL: emulator.url }, async () => ({
    ...(await loadHandlers()),
    queueWorker: async () => {
      isInvoked = true;
      await delay(100);
    },
  }));
  const { url = '' } = local.queues?.requests[0] ?? {};
  await sendEntries(url, [{ Id: 'a', MessageBody: 'body' }]);
  await until(() => isInvoked);
  await local.close();
  expect(await count(url)).toEqual({ visible: 0, held: 0 });
  await emulator.close();
});

it('may be missing in an emulator of the user: the gateway serves all the same', async () => {
  const emulator = await startPartialEmulator('sqs', 's3');
  local = await startLocal({ ...anyPorts, AWS_ENDPOINT_URL: emulator.url }, loadHandlers);
  expect(local.queues).toBeUndefined();
  expect(local.notices).toEqual([expect.stringContaining('queue: none')]);
  expect(URL.canParse(worker.environment['RESULTS_QUEUE_URL'] ?? '')).toBe(true);
  expect((await fetch(local.url)).status).toBe(200);
  await emulator.close();
});

it('may be without a bucket: then results have to fit into the results queue', async () => {
  const emulator = await startPartialEmulator('s3');
  local = await startLocal({ ...anyPorts, AWS_ENDPOINT_URL: emulator.url, RESULTS_BUCKET: 'other' }, loadHandlers);
  expect(local.notices).toEqual([expect.stringContaining('bucket: none')]);
  expect(worker.environment).toMatchObject({
    RESULTS_QUEUE_URL: local.queues?.results.url,
    RESULTS_BUCKET: undefined,
    STATE_TABLE: 'qianfan-state',
  });
  await sendEntries(local.queues?.requests[0].url ?? '', [{ Id: 'a', MessageBody: 'body' }]);
  await until(() => worker.invocations.length === 1);
  await local.close();
  await emulator.close();
});

it('may be without a table: then the worker remembers messages in memory', async () => {
  const emulator = await startPartialEmulator('dynamodb');
  local = await startLocal({ ...anyPorts, AWS_ENDPOINT_URL: emulator.url, STATE_TABLE: 'other' }, loadHandlers);
  expect(local.notices).toEqual([expect.stringContaining('the queue worker remembers messages in memory')]);
  expect(worker.environment).toMatchObject({ RESULTS_BUCKET: 'qianfan-results', STATE_TABLE: undefined });
  await local.close();
  await emulator.close();
});
