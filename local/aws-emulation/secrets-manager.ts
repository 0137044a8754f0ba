// Emulates Secrets Manager (AWS JSON 1.1).
import { formatJsonError, parseInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsService } from './aws-service.ts';
import { optionalText } from './secret-input.ts';
import { secretOperations } from './secret-operations.ts';
import { createSecretRegistry } from './secret-registry.ts';

export interface SecretsManagerOptions {
  readonly region: string;
  /** Epoch milliseconds. Default: the system's clock. */
  readonly now?: () => number;
}

const targetPrefix = 'secretsmanager.';

/**
 * Creates the service with what the functions and their tests use: there is no encryption, rotation, replication, tag,
 * policy or filter. It starts without secrets and keeps them in memory.
 */
export function createSecretsManager({ region, now = Date.now }: SecretsManagerOptions): AwsService {
  const registry = createSecretRegistry(region, now);
  return {
    name: 'secretsmanager',
    recognise: ({ headers, body }) => {
      const header = headers['x-amz-target'];
      if (typeof header !== 'string' || !header.startsWith(targetPrefix)) return undefined;
      const operation = header.slice(targetPrefix.length);
      const perform = Object.hasOwn(secretOperations, operation) ? secretOperations[operation] : undefined;
      if (perform === undefined) throw new AwsError('UnknownOperationException', `${operation} is not emulated.`);
      const input = parseInput(body);
      return {
        operation,
        target: optionalText(input, 'SecretId') ?? optionalText(input, 'Name') ?? '',
        perform: () => ({
          status: 200,
          headers: { 'Content-Type': 'application/x-amz-json-1.1' },
          body: JSON.stringify(perform(input, registry)),
        }),
      };
    },
    createThrottlingError: () => new AwsError('ThrottlingException', 'Rate exceeded'),
    formatError: formatJsonError,
  };
}
