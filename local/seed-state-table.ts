// Creates the state table that a deployment would have.
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { describeReason } from './startup-error.ts';

/** The table of the local run. */
export const stateTable = 'qianfan-state';

/**
 * Creates the table through the AWS SDK, with the endpoint and credentials that its environment names, unless there is
 * one already.
 *
 * @param report Receives one line that says why there is no table.
 * @returns the table's name; undefined when the emulator does not serve DynamoDB.
 */
export async function seedStateTable(report: (line: string) => void): Promise<string | undefined> {
  const client = new DynamoDBClient({
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: stateTable,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    return stateTable;
  } catch (error) {
    if (error instanceof ResourceInUseException) return stateTable;
    const reason = describeReason(error);
    report(
      `limits and idempotency keys: none; the queue worker remembers messages in memory; DynamoDB at AWS_ENDPOINT_URL cannot be used: ${reason}`,
    );
    return undefined;
  } finally {
    client.destroy();
  }
}
