// Creates the secrets that a deployment would have.
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretIds } from './handler-environment.ts';
import type { LocalSettings } from './settings.ts';
import { describeReason, StartupError } from './startup-error.ts';

type SeedSettings = Pick<LocalSettings, 'clients' | 'keys' | 'openaiApiKey'>;

/**
 * Creates the secrets through the AWS SDK, with the endpoint and credentials that its environment names. The secrets of
 * clients and credentials get their values even if an emulator still has them from an earlier run. The token secret is
 * left to the token-refresh function.
 *
 * @throws StartupError when the emulator cannot be reached.
 */
export async function seedSecrets({ clients, keys, openaiApiKey }: SeedSettings): Promise<void> {
  const client = new SecretsManagerClient({
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  try {
    await Promise.all([
      writeSecret(client, secretIds.clients, JSON.stringify(clients)),
      writeSecret(client, secretIds.credentials, JSON.stringify(keys)),
      writeSecret(client, secretIds.token, undefined),
      writeSecret(client, secretIds.bearer, undefined),
      writeSecret(client, secretIds.openaiKey, openaiApiKey && JSON.stringify({ OPENAI_API_KEY: openaiApiKey })),
    ]);
  } catch (error) {
    const message = `Secrets Manager at AWS_ENDPOINT_URL cannot be used: ${describeReason(error)}`;
    throw new StartupError(message, { cause: error });
  } finally {
    client.destroy();
  }
}

async function writeSecret(client: SecretsManagerClient, id: string, value: string | undefined): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name: id, SecretString: value }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    if (value !== undefined) await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
  }
}
