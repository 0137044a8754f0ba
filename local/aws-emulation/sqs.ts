// Emulates SQS (AWS JSON 1.0).
import { randomUUID } from 'node:crypto';
import { formatJsonError, parseInput } from './aws-json.ts';
import type { JsonInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsResponse, AwsService } from './aws-service.ts';
import { createSqsEmulator } from './sqs-emulator.ts';
import type { SqsAnswer } from './sqs-emulator.ts';
import { receiveMessages } from './sqs-receive.ts';

export interface SqsOptions {
  readonly region: string;
}

const targetPrefix = 'AmazonSQS.';

/**
 * Creates the service. It starts without queues and keeps them in memory. The URL of a queue has the address that the
 * caller used, because many SDKs call that URL instead of their endpoint.
 */
export function createSqs({ region }: SqsOptions): AwsService {
  const emulator = createSqsEmulator(region);
  return {
    name: 'sqs',
    recognise: ({ headers, body }) => {
      const header = headers['x-amz-target'];
      if (typeof header !== 'string' || !header.startsWith(targetPrefix)) return undefined;
      const operation = header.slice(targetPrefix.length);
      const input = parseInput(body);
      const perform = async (signal: AbortSignal): Promise<AwsResponse> => {
        const isReceive = operation === 'ReceiveMessage';
        const answer = await (isReceive ? receiveMessages(emulator, input, signal) : emulator.ask(operation, input));
        return toResponse(answer, `http://${headers.host ?? '127.0.0.1'}`);
      };
      return { operation, target: readQueueName(input), perform };
    },
    createThrottlingError: () =>
      new AwsError('RequestThrottled', 'The request was denied due to request throttling.', 403),
    formatError: formatJsonError,
  };
}

/** Returns the name of the queue; empty if the call names none. */
function readQueueName({ QueueName: name, QueueUrl: url }: JsonInput): string {
  if (typeof name === 'string') return name;
  return typeof url === 'string' ? (url.split('/').at(-1) ?? '') : '';
}

function toResponse({ status, headers, output }: SqsAnswer, origin: string): AwsResponse {
  const { QueueUrl: url, QueueUrls: urls } = output;
  const own = {
    ...(typeof url === 'string' ? { QueueUrl: moveUrl(url, origin) } : {}),
    ...(Array.isArray(urls) ? { QueueUrls: urls.map((each) => moveUrl(String(each), origin)) } : {}),
  };
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/x-amz-json-1.0', 'X-Amzn-RequestId': randomUUID() },
    body: JSON.stringify({ ...output, ...own }),
  };
}

/** Replaces the host name that the emulator puts into the URLs of its queues. */
function moveUrl(url: string, origin: string): string {
  return `${origin}${new URL(url).pathname}`;
}
