// A SecretStore in AWS Secrets Manager.
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { parseSecret } from '../core/secret-store.ts';
import type { SecretStore } from '../core/secret-store.ts';

/** Creates the store. A request is waiting, so the SDK's defaults (three attempts, no timeout) would take too long. */
export function createSecretsManagerStore(): SecretStore {
  const client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  return {
    read: async (secretId, signal) => {
      let output: GetSecretValueCommandOutput;
      try {
        output = await client.send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal: signal });
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw signal.aborted ? signal.reason : error;
      }
      return { value: parseSecret(output.SecretString ?? ''), version: output.VersionId ?? '' };
    },
    write: async (secretId, value) => {
      const output = await client.send(
        new PutSecretValueCommand({ SecretId: secretId, SecretString: JSON.stringify(value) }),
      );
      return output.VersionId ?? '';
    },
  };
}
