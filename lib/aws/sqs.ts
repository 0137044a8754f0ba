// MessageQueues in SQS.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { isJsonObject, parseJson } from '../core/json.ts';
import type { MessageQueues, QueueTraits } from '../core/message-queues.ts';

/** The most entries of one batch call. */
const mostEntries = 10;
/** The most bytes that SQS accepts in a message. */
const maximumMessageBytes = 1_048_576;

export function createSqsQueues(): MessageQueues {
  const client = new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    // Calls go to the configured endpoint, even when the queue's URL names another host.
    useQueueUrlAsEndpoint: false,
  });
  /** URLs of queues by ARN. They do not change. */
  const urls = new Map<string, string>();
  return {
    findUrl: async (queueArn) => {
      const known = urls.get(queueArn);
      if (known !== undefined) return known;
      const [account, name] = queueArn.split(':').slice(-2);
      const command = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account });
      const { QueueUrl } = await client.send(command);
      if (QueueUrl === undefined) throw new Error('SQS answered without the URL of the queue');
      urls.set(queueArn, QueueUrl);
      return QueueUrl;
    },
    readTraits: async (queueUrl) => {
      const command = new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['MaximumMessageSize', 'RedrivePolicy'],
      });
      const { Attributes = {} } = await client.send(command);
      return {
        maximumMessageBytes: Number(Attributes['MaximumMessageSize'] ?? maximumMessageBytes),
        redrive: parseRedrivePolicy(Attributes['RedrivePolicy']),
      };
    },
    send: async (queueUrl, { body, attributes = {}, groupId, deduplicationId }) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
          ),
          MessageGroupId: groupId,
          MessageDeduplicationId: deduplicationId,
        }),
      );
    },
    remove: async (queueUrl, receiptHandle) => {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
    },
    changeVisibility: async (queueUrl, seconds) => {
      let failures = 0;
      const all = [...seconds];
      for (let start = 0; start < all.length; start += mostEntries) {
        const entries = all.slice(start, start + mostEntries).map(([receiptHandle, timeout], index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: timeout,
        }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries });
        failures += (await client.send(command)).Failed?.length ?? 0;
      }
      return failures;
    },
  };
}

function parseRedrivePolicy(text: string | undefined): QueueTraits['redrive'] {
  const policy = parseJson(text ?? '');
  if (!isJsonObject(policy) || typeof policy['deadLetterTargetArn'] !== 'string') return undefined;
  // SQS returns the value in the form in which it was set: a number or a text.
  const maxReceives = Number(policy['maxReceiveCount']);
  return Number.isInteger(maxReceives) ? { deadLetterQueueArn: policy['deadLetterTargetArn'], maxReceives } : undefined;
}
