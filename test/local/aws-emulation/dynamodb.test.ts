// DynamoDB shares the port, the log of calls and the faults of the other services.
import { CreateTableCommand, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createDynamoDbClient, createSecretsClient } from './emulated-clients.ts';

const TableName = 'table';
let emulation: AwsEmulation;
let client: DynamoDBClient;

beforeEach(async () => {
  emulation = await startAwsEmulation({ port: 0, functions: new Map(), log: () => undefined });
  client = createDynamoDbClient(emulation.url);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
});
afterEach(async () => {
  client.destroy();
  await emulation.close();
});

const Item = { id: { S: '键' }, value: { S: 'x'.repeat(300_000) } };

it('serves a table as soon as it is created, items of 300 KB included', async () => {
  await client.send(new PutItemCommand({ TableName, Item }));
  const { Item: found } = await client.send(new GetItemCommand({ TableName, Key: { id: Item.id } }));
  expect(found).toEqual(Item);
});

it('records its calls beside those of the others', async () => {
  await client.send(new ScanCommand({ TableName }));
  const secrets = createSecretsClient(emulation.url);
  await secrets.send(new CreateSecretCommand({ Name: 'secret' }));
  secrets.destroy();
  expect(emulation.calls).toEqual([
    { service: 'dynamodb', operation: 'CreateTable', target: TableName },
    { service: 'dynamodb', operation: 'Scan', target: TableName },
    { service: 'secretsmanager', operation: 'CreateSecret', target: 'secret' },
  ]);
});

it('is throttled when a test asks for it', async () => {
  emulation.throttleNext('GetItem', 1);
  const get = () => client.send(new GetItemCommand({ TableName, Key: { id: Item.id } }));
  await expect(get()).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(await get()).not.toHaveProperty('Item');
});

it.each([
  ['a reserved word in an expression', { ConditionExpression: 'attribute_not_exists(value)' }, 'ValidationException'],
  ['an attribute without a type', { Item: { id: {} } }, 'ValidationException'],
  ['an item without its key', { Item: { other: { S: '' } } }, 'ValidationException'],
  ['a table that does not exist', { TableName: 'missing' }, 'ResourceNotFoundException'],
])('refuses, as DynamoDB does, %s', async (_name, fault, error) => {
  const input = { TableName, Item: { id: { S: '1' } }, ...fault } as { TableName: string; Item: typeof Item };
  await expect(client.send(new PutItemCommand(input))).rejects.toMatchObject({ name: error });
});

it('refuses what is no operation of DynamoDB', async () => {
  const response = await fetch(emulation.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'DynamoDB_20120810.DropTable' },
    body: '{}',
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('UnknownOperationException');
});
