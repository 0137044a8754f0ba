// Creates the queues that a deployment would have, and the bucket for their results.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  QueueNameExists,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describeReason, StartupError } from './startup-error.ts';

/** The queues of the local run. */
const queueNames = {
  requests: 'qianfan-requests',
  /** Not created, but polled if it exists at the start. */
  fifoRequests: 'qianfan-requests.fifo',
  results: 'qianfan-results',
  deadLetters: 'qianfan-requests-dead-letter',
} as const;

/** The bucket of the local run, for results that are too large for the results queue. */
export const resultsBucket = 'qianfan-results';

export interface LocalQueue {
  readonly url: string;
  readonly arn: string;
}

export interface LocalQueues {
  /** The queues that are polled: the queue of requests, and the FIFO queue if there is one. */
  readonly requests: readonly [LocalQueue, ...LocalQueue[]];
  readonly results: LocalQueue;
  readonly deadLetters: LocalQueue;
}

/** What the SDK reports about an answer, in its output and in its errors. */
interface SdkAnswer {
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** Six times the worker's time limit, as when deployed. */
const visibilityTimeoutSeconds = 720;
/** Lower than in a deployment: with backoff the last receive comes after half a minute instead of an hour. */
const maxReceiveCount = 6;
const maximumMessageBytes = 1_048_576;

const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/**
 * Finds or creates the queues through the AWS SDK, with the endpoint and credentials that its environment names. A
 * queue that exists keeps its attributes, whatever they are.
 *
 * @param report Receives one line that says why there are no queues.
 * @returns undefined when the emulator answers but does not serve SQS.
 * @throws StartupError when the emulator cannot be reached.
 */
export async function seedQueues(report: (line: string) => void): Promise<LocalQueues | undefined> {
  const client = new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
  const ensure = async (name: string, attributes: Record<string, string> = {}): Promise<LocalQueue> =>
    describeQueue(client, (await findQueue(client, name)) ?? (await createQueue(client, name, attributes)));
  try {
    const [results, deadLetters] = await Promise.all([ensure(queueNames.results), ensure(queueNames.deadLetters)]);
    const requests = await ensure(queueNames.requests, {
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
    });
    const fifoUrl = await findQueue(client, queueNames.fifoRequests);
    const fifo = fifoUrl === undefined ? [] : [await describeQueue(client, fifoUrl)];
    return { requests: [requests, ...fifo], results, deadLetters };
  } catch (error) {
    const reason = describeFailure(error);
    if (readStatus(error) === undefined) {
      throw new StartupError(`SQS at AWS_ENDPOINT_URL cannot be used: ${reason}`, { cause: error });
    }
    report(`queue: none; SQS at AWS_ENDPOINT_URL cannot be used: ${reason}`);
    return undefined;
  } finally {
    client.destroy();
  }
}

/**
 * Finds or creates the bucket in the same way.
 *
 * @param report Receives one line that says why there is no bucket.
 * @returns the bucket's name; undefined when the emulator does not serve S3.
 */
export async function seedResultsBucket(report: (line: string) => void): Promise<string | undefined> {
  const client = new S3Client({ requestHandler, forcePathStyle: true });
  try {
    if (!(await hasBucket(client))) await client.send(new CreateBucketCommand({ Bucket: resultsBucket }));
    return resultsBucket;
  } catch (error) {
    if (error instanceof Error && namesOfExistingBuckets.has(error.name)) return resultsBucket;
    const reason = describeFailure(error);
    report(
      `bucket: none, so a result too large for the results queue becomes a failed one; S3 at AWS_ENDPOINT_URL cannot be used: ${reason}`,
    );
    return undefined;
  } finally {
    client.destroy();
  }
}

async function findQueue(client: SQSClient, name: string): Promise<string | undefined> {
  try {
    const output = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return requireText(output.QueueUrl, output);
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}

async function createQueue(client: SQSClient, name: string, attributes: Record<string, string>): Promise<string> {
  try {
    const Attributes = { MaximumMessageSize: String(maximumMessageBytes), ...attributes };
    const output = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    return requireText(output.QueueUrl, output);
  } catch (error) {
    // Another process has created it in the meantime, with other attributes.
    const url = error instanceof QueueNameExists ? await findQueue(client, name) : undefined;
    if (url === undefined) throw error;
    return url;
  }
}

async function describeQueue(client: SQSClient, url: string): Promise<LocalQueue> {
  const output = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: requireText(output.Attributes?.['QueueArn'], output) };
}

/** Returns the text. An answer without it does not come from SQS, which counts as an error. */
function requireText(text: string | undefined, { $metadata }: SdkAnswer): string {
  if (text !== undefined) return text;
  throw Object.assign(new Error('The answer is incomplete'), { name: 'IncompleteAnswer', $metadata });
}

/** The errors of S3 when another process has created the bucket in the meantime. */
const namesOfExistingBuckets = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

async function hasBucket(client: S3Client): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: resultsBucket }));
    return true;
  } catch (error) {
    // CreateBucket will show whether S3 is served at all.
    if (readStatus(error) !== undefined) return false;
    throw error;
  }
}

/** The HTTP status of an error; undefined when there was no answer. */
function readStatus(error: unknown): number | undefined {
  return (error as Partial<SdkAnswer> | undefined)?.$metadata?.httpStatusCode;
}

/** The system's code or the error's name, with the status of an answer, which says more if it does not come from AWS. */
function describeFailure(error: unknown): string {
  const name = describeReason(error);
  const status = readStatus(error);
  return status === undefined ? name : `${name}, HTTP ${status}`;
}
