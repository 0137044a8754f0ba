// Finds the queues of the local run or of a deployed stage.
import { S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { BatchError } from './batch-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The local run or the stage that a batch is sent to. */
export interface Place {
  /** Undefined: the local run. */
  readonly stage: string | undefined;
  /** The local run's address, or what the environment names instead of AWS. */
  readonly endpoint: string | undefined;
}

export interface Connection {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly requests: Queue;
  readonly results: Queue;
  readonly deadLetters: Queue;
  /** Identifies the request queue, whatever address the local run has. */
  readonly queueName: string;
}

export interface Queue {
  readonly url: string;
  readonly isFifo: boolean;
}

type ClientSettings = ReturnType<typeof createClientSettings>;

/** Where the local run listens, unless the environment says otherwise; for a stage what the AWS SDK finds by itself. */
export function findPlace(stage: string | undefined, environment: Environment): Place {
  const configured = environment['AWS_ENDPOINT_URL'] || undefined;
  if (stage !== undefined) return { stage, endpoint: configured };
  return { stage, endpoint: configured ?? `http://127.0.0.1:${environment['AWS_PORT'] || '4566'}` };
}

/** Finds the queues. Throws a BatchError when there is none of that name, and what the AWS SDK throws. */
export async function connect(place: Place, environment: Environment): Promise<Connection> {
  const settings = createClientSettings(place, environment);
  const prefix = place.stage === undefined ? 'qianfan' : `qianfan-serverless-${place.stage}`;
  // Few attempts, so that the user soon learns that nothing answers.
  const finder = createSqsClient(settings, 3);
  const [requests, results, deadLetters] = await Promise.all([
    findQueue(finder, `${prefix}-requests`, place),
    findQueue(finder, `${prefix}-results`, place),
    findQueue(finder, `${prefix}-requests-dead-letter`, place),
  ]);
  return {
    // More attempts, so that a run of hours survives half a minute without a network.
    sqs: createSqsClient(settings, 10),
    s3: new S3Client({ ...settings, maxAttempts: 10, forcePathStyle: true }),
    requests,
    results,
    deadLetters,
    queueName: place.stage === undefined ? new URL(requests.url).pathname : requests.url,
  };
}

function createSqsClient(settings: ClientSettings, maxAttempts: number): SQSClient {
  // Calls go to the configured endpoint, even when the queue's URL names another host.
  return new SQSClient({ ...settings, maxAttempts, useQueueUrlAsEndpoint: false });
}

/** The local run accepts any keys, so the keys of a real account are not sent to it. */
function createClientSettings({ stage, endpoint }: Place, environment: Environment) {
  const local = {
    region: environment['AWS_REGION'] || 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] || 'local',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] || 'local',
    },
  };
  return {
    ...(stage === undefined && local),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
}

async function findQueue(client: SQSClient, name: string, place: Place): Promise<Queue> {
  for (const queueName of [name, `${name}.fifo`]) {
    try {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queueName }));
      if (QueueUrl !== undefined) return { url: QueueUrl, isFifo: queueName.endsWith('.fifo') };
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
    }
  }
  const advice =
    place.stage === undefined
      ? `what answers at ${place.endpoint} is not the local run ("npm start")`
      : `is the stage ${place.stage} deployed in this region and account?`;
  throw new BatchError(`There is no queue ${name}; ${advice}`, 2);
}
