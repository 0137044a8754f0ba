// A StateTable in DynamoDB.
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { StateTable } from '../core/state-table.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** The time limit of one call, its second attempt included. */
const longestCallMs = 3_000;

/**
 * Creates the table. Its partition key is the text `id`, and its TTL attribute is `expires_at`, in seconds. DynamoDB may
 * take days to remove an expired item, so every condition and every read checks `expires_at` as well.
 *
 * The timeouts are short because a request is waiting: DynamoDB answers within milliseconds, or something is wrong.
 */
export function createDynamoDbTable(tableName: string, clock: Pick<Clock, 'now'>): StateTable {
  const client = new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  const at = (key: string) => ({ TableName: tableName, Key: { id: { S: key } } });
  const nowInSeconds = (): number => Math.floor(clock.now() / 1_000);

  const find = async (key: string, abortSignal: AbortSignal): Promise<Item> => {
    const command = new GetItemCommand({ ...at(key), ConsistentRead: true });
    const { Item: item = {} } = await client.send(command, { abortSignal });
    return readNumber(item['expires_at']) > nowInSeconds() ? item : {};
  };
  return {
    add: (key, amount, expiresAtSeconds, signal) =>
      withReason(signal, async (bounded) => {
        const command = new UpdateItemCommand({
          ...at(key),
          UpdateExpression: 'ADD #count :amount SET expires_at = :expires_at',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':amount': toNumber(amount), ':expires_at': toNumber(expiresAtSeconds) },
          ReturnValues: 'UPDATED_NEW',
        });
        const { Attributes } = await client.send(command, { abortSignal: bounded });
        return readNumber(Attributes?.['count']);
      }),
    count: (key, signal) => withReason(signal, async (bounded) => readNumber((await find(key, bounded))['count'])),
    read: (key, signal) =>
      withReason(signal, async (bounded) => {
        const { value, version } = await find(key, bounded);
        if (value?.S === undefined || version?.S === undefined) return undefined;
        return { value: value.S, version: version.S };
      }),
    write: (key, value, { expiresAtSeconds, replaces }, signal) =>
      withReason(signal, async (bounded) => {
        const version = randomUUID();
        const now = toNumber(nowInSeconds());
        const condition =
          replaces === undefined
            ? {
                ConditionExpression: 'attribute_not_exists(id) OR expires_at <= :now',
                ExpressionAttributeValues: { ':now': now },
              }
            : {
                ConditionExpression: 'version = :replaces',
                ExpressionAttributeValues: { ':replaces': { S: replaces } },
              };
        const command = new PutItemCommand({
          TableName: tableName,
          Item: {
            id: { S: key },
            value: { S: value },
            version: { S: version },
            expires_at: toNumber(expiresAtSeconds),
          },
          ...condition,
        });
        try {
          await client.send(command, { abortSignal: bounded });
          return version;
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          // The second attempt may have failed because the first one did write the item.
          const isRepeated = (error.$metadata.attempts ?? 1) > 1;
          return isRepeated && (await find(key, bounded))['version']?.S === version ? version : undefined;
        }
      }),
    remove: (key, version, signal) =>
      withReason(signal, async (bounded) => {
        const command = new DeleteItemCommand({
          ...at(key),
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': { S: version } },
        });
        try {
          await client.send(command, { abortSignal: bounded });
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      }),
  };
}

/**
 * Rejects with the signal's reason where the SDK would throw an error of its own. Also bounds the whole call: the SDK's
 * timeouts end only a silence, not a body that arrives byte by byte, nor a pause that the service asks for.
 */
async function withReason<T>(signal: AbortSignal, ask: (bounded: AbortSignal) => Promise<T>): Promise<T> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(longestCallMs)]);
  try {
    return await ask(bounded);
  } catch (error) {
    throw bounded.aborted ? bounded.reason : error;
  }
}

/** Reads a number attribute; 0 when there is none. */
function readNumber(attribute: AttributeValue | undefined): number {
  return Number(attribute?.N ?? 0);
}

function toNumber(value: number): AttributeValue {
  return { N: String(value) };
}
