// An AWS emulation with queues, for those who poll them through this process's environment.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../local/aws-emulation/server.ts';
import { applyEnvironment } from '../../local/handler-environment.ts';
import type { LocalQueue } from '../../local/seed-queues.ts';

/** Starts an emulation that the AWS SDK in this process calls. */
export async function startEmulation({ port = 0, region = 'us-east-1' } = {}): Promise<AwsEmulation> {
  const emulation = await startAwsEmulation({ port, functions: new Map(), region });
  useEndpoint(emulation.url, region);
  return emulation;
}

/** Points the AWS SDK of this process at an endpoint. */
export function useEndpoint(url: string, region = 'us-east-1'): void {
  applyEnvironment({
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
}

/** An emulator behind another has queues whose URLs name the other's address. */
const createClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false });

/** Creates a queue with a name of its own, unless one is given. */
export async function createQueue(
  attributes: Record<string, string> = {},
  name: string = randomUUID(),
): Promise<LocalQueue & { readonly name: string }> {
  const client = createClient();
  const { QueueUrl: url = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const { QueueArn: arn = '' } = await readAttributes(url);
  return { name, url, arn };
}

export async function readAttributes(url: string): Promise<Partial<Record<string, string>>> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  return (await createClient().send(command)).Attributes ?? {};
}

/** How many messages a queue has: those that can be received, and those that somebody has received and not deleted. */
export async function count(url: string): Promise<{ readonly visible: number; readonly held: number }> {
  const attributes = await readAttributes(url);
  return {
    visible: Number(attributes['ApproximateNumberOfMessages']),
    held: Number(attributes['ApproximateNumberOfMessagesNotVisible']),
  };
}

export async function send(url: string, ...bodies: readonly string[]): Promise<void> {
  await sendEntries(
    url,
    bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
  );
}

export async function sendEntries(url: string, entries: SendMessageBatchRequestEntry[]): Promise<void> {
  await createClient().send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
}

/** Waits until the condition holds; the time limit of the test is its own. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}
