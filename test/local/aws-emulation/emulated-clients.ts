// The real AWS SDK, pointed at an emulation.
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

function toConfig(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // One attempt: a test that wants a refusal must see it.
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
}

export function createSecretsClient(endpoint: string, maxAttempts = 1): SecretsManagerClient {
  return new SecretsManagerClient({ ...toConfig(endpoint), maxAttempts });
}

export function createLambdaClient(endpoint: string): LambdaClient {
  return new LambdaClient(toConfig(endpoint));
}
