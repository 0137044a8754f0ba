// The emulation records what it is called for, and fails on request.
import { InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadBucketCommand, NotFound } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListQueuesCommand, RequestThrottled, SendMessageCommand } from '@aws-sdk/client-sqs';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createLambdaClient, createS3Client, createSecretsClient, createSqsClient } from './emulated-clients.ts';

const read = new GetSecretValueCommand({ SecretId: 's' });
let emulation: AwsEmulation;

beforeEach(async () => {
  const functions = new Map([['f', { timeoutMs: 5_000, invoke: async () => 'called' }]]);
  emulation = await startAwsEmulation({ port: 0, functions });
});
afterEach(() => emulation.close());

it('serves every service on one URL, and records every call in order, refused ones included', async () => {
  const secrets = createSecretsClient(emulation.url);
  await expect(secrets.send(read)).rejects.toThrow("can't find");
  await secrets.send(new CreateSecretCommand({ Name: 's', SecretString: 'value' }));
  await createLambdaClient(emulation.url).send(new InvokeCommand({ FunctionName: 'f' }));
  const message = { QueueUrl: `${emulation.url}/000000000000/q`, MessageBody: 'hello' };
  await expect(createSqsClient(emulation.url).send(new SendMessageCommand(message))).rejects.toThrow('does not exist');
  await createSqsClient(emulation.url).send(new ListQueuesCommand({}));
  const head = createS3Client(emulation.url).send(new HeadBucketCommand({ Bucket: 'bucket' }));
  await expect(head).rejects.toThrow(NotFound);
  expect(emulation.calls).toEqual([
    { service: 'secretsmanager', operation: 'GetSecretValue', target: 's' },
    { service: 'secretsmanager', operation: 'CreateSecret', target: 's' },
    { service: 'lambda', operation: 'Invoke', target: 'f' },
    { service: 'sqs', operation: 'SendMessage', target: 'q' },
    { service: 'sqs', operation: 'ListQueues', target: '' },
    { service: 's3', operation: 'HeadBucket', target: 'bucket' },
  ]);
});

it('throttles as often as it is told to, and the SDK takes it for throttling', async () => {
  const secrets = createSecretsClient(emulation.url);
  await secrets.send(new CreateSecretCommand({ Name: 's', SecretString: 'value' }));
  emulation.throttleNext('GetSecretValue', 2);
  for (const _attempt of [1, 2]) {
    await expect(secrets.send(read)).rejects.toMatchObject({ name: 'ThrottlingException' });
  }
  expect((await secrets.send(read)).SecretString).toBe('value');

  emulation.throttleNext('GetSecretValue', 1);
  const { $metadata } = await createSecretsClient(emulation.url, 2).send(read);
  expect($metadata.attempts).toBe(2);
});

it('throttles invocations as Lambda does', async () => {
  emulation.throttleNext('Invoke', 1);
  const invoke = createLambdaClient(emulation.url).send(new InvokeCommand({ FunctionName: 'f' }));
  await expect(invoke).rejects.toThrow(TooManyRequestsException);
  await expect(invoke).rejects.toMatchObject({ Reason: 'CallerRateLimitExceeded' });
});

it('throttles SQS and S3 as they do, and the SDK tries again', async () => {
  const queues = createSqsClient(emulation.url);
  emulation.throttleNext('ListQueues', 1);
  await expect(queues.send(new ListQueuesCommand({}))).rejects.toThrow(RequestThrottled);
  emulation.throttleNext('ListQueues', 1);
  const { $metadata } = await createSqsClient(emulation.url, 2).send(new ListQueuesCommand({}));
  expect($metadata.attempts).toBe(2);

  emulation.throttleNext('GetObject', 1);
  const readObject = new GetObjectCommand({ Bucket: 'bucket', Key: 'key' });
  const throttled = createS3Client(emulation.url).send(readObject);
  await expect(throttled).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  emulation.throttleNext('GetObject', 1);
  const missing = createS3Client(emulation.url, 2).send(readObject);
  await expect(missing).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { attempts: 2 } });
});

it('holds a call back until it is let go, and no other', async () => {
  const secrets = createSecretsClient(emulation.url);
  await secrets.send(new CreateSecretCommand({ Name: 's', SecretString: 'value' }));
  const gate = Promise.withResolvers<void>();
  emulation.delayNext('GetSecretValue', gate.promise);
  const order: string[] = [];
  const held = secrets.send(read).then(() => order.push('held'));
  while (emulation.calls.length < 2) await new Promise(setImmediate);
  await secrets.send(read);
  order.push('later call');
  gate.resolve();
  await held;
  expect(order).toEqual(['later call', 'held']);
});

it.each([
  ['an unknown operation', { 'X-Amz-Target': 'secretsmanager.RotateSecret' }, '{}', 'UnknownOperationException'],
  ['an operation named like an object member', { 'X-Amz-Target': 'secretsmanager.toString' }, '{}', 'UnknownOperation'],
  ['a service that is not there', { 'X-Amz-Target': 'Kinesis_20131202.GetRecords' }, '{}', 'UnknownOperationException'],
  ['input that is no JSON', { 'X-Amz-Target': 'secretsmanager.GetSecretValue' }, '{', 'SerializationException'],
  ['input of a queue that is no JSON', { 'X-Amz-Target': 'AmazonSQS.SendMessage' }, '{', 'SerializationException'],
  ['input of a wrong type', { 'X-Amz-Target': 'secretsmanager.GetSecretValue' }, '{"SecretId":1}', 'Serialization'],
  ['missing input', { 'X-Amz-Target': 'secretsmanager.GetSecretValue' }, '{}', 'ValidationException'],
])('refuses %s', async (_title, headers, body, type) => {
  const response = await fetch(emulation.url, { method: 'POST', headers, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ __type: expect.stringContaining(type), Message: expect.any(String) });
});
