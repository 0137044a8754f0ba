// The state table of the local run is there before it starts, and that of the user stays as it is.
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { createStateTable } from '../../lib/aws/state-table.ts';
import type { AwsEmulation } from '../../local/aws-emulation/server.ts';
import { seedStateTable, stateTable } from '../../local/seed-state-table.ts';
import { createDynamoDbClient } from './aws-emulation/emulated-clients.ts';
import { startEmulation, useEndpoint } from './emulated-queue.ts';
import { startPartialEmulator } from './partial-emulator.ts';

const { signal } = new AbortController();
let emulation: AwsEmulation;

beforeEach(async () => {
  emulation = await startEmulation();
});
afterEach(() => emulation.close());

const neverReports = (line: string): void => {
  throw new Error(line);
};

it('creates the table as a deployment has it', async () => {
  expect(await seedStateTable(neverReports)).toBe(stateTable);
  const client = createDynamoDbClient(emulation.url);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: stateTable }));
  client.destroy();
  expect(Table).toMatchObject({
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
  });
});

it('leaves a table that is there, with all that is in it', async () => {
  await seedStateTable(neverReports);
  const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
  await createStateTable(stateTable).add('k', 5, inAnHour, signal);
  expect(await seedStateTable(neverReports)).toBe(stateTable);
  expect(await createStateTable(stateTable).count('k', signal)).toBe(5);
});

it('does without where the emulator has no DynamoDB, and says so in a line', async () => {
  const partial = await startPartialEmulator('dynamodb');
  useEndpoint(partial.url);
  const lines: string[] = [];
  try {
    expect(await seedStateTable((line) => lines.push(line))).toBeUndefined();
  } finally {
    await partial.close();
  }
  expect(lines).toEqual([
    expect.stringMatching(
      /^limits and idempotency keys: none; the queue worker remembers messages in memory; DynamoDB at AWS_ENDPOINT_URL .+$/,
    ),
  ]);
});
