// The real AWS SDK, pointed at an emulation.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/** Keeps the SDK's warnings out of the output of the tests. */
export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

function toConfig(endpoint: string, maxAttempts = 1) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // One attempt: a test that wants a refusal must see it.
  return { endpoint, region: 'us-east-1', credentials, maxAttempts, logger: silentLogger };
}

export function createSecretsClient(endpoint: string, maxAttempts?: number): SecretsManagerClient {
  return new SecretsManagerClient(toConfig(endpoint, maxAttempts));
}

export function createLambdaClient(endpoint: string): LambdaClient {
  return new LambdaClient(toConfig(endpoint));
}

export function createSqsClient(endpoint: string, maxAttempts?: number): SQSClient {
  return new SQSClient(toConfig(endpoint, maxAttempts));
}

export function createS3Client(endpoint: string, maxAttempts?: number): S3Client {
  return new S3Client({ ...toConfig(endpoint, maxAttempts), forcePathStyle: true });
}

export function createDynamoDbClient(endpoint: string, maxAttempts?: number): DynamoDBClient {
  return new DynamoDBClient(toConfig(endpoint, maxAttempts));
}
