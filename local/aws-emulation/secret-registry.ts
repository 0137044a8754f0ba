// The secrets that the emulation holds, by name and by ARN.
import { randomBytes } from 'node:crypto';
import { localAccountId } from '../lambda-context.ts';
import { AwsError } from './aws-service.ts';
import type { Secret } from './secret.ts';

export interface SecretRegistry {
  /** Epoch seconds, with a fraction. */
  now(): number;
  /** Finds a secret by name, whole ARN, or ARN without the hyphen and six characters at its end. */
  find(secretId: string): Secret | undefined;
  /** As `find`; throws ResourceNotFoundException. */
  require(secretId: string): Secret;
  /** As `require`; throws InvalidRequestException for a secret that is about to be deleted. */
  requireLive(secretId: string): Secret;
  /** Adds a secret without a value. Throws ValidationException for a name that AWS would not accept. */
  create(name: string, description: string | undefined): Secret;
  remove(secret: Secret): void;
  list(): readonly Secret[];
}

const namePattern = /^[\w/+=.@-]{1,512}$/;

/** Creates an empty registry. `now` is in epoch milliseconds. */
export function createSecretRegistry(region: string, now: () => number): SecretRegistry {
  const secrets = new Map<string, Secret>();
  const registry: SecretRegistry = {
    now: () => now() / 1000,
    find: (secretId) =>
      secrets.get(secretId) ??
      [...secrets.values()].find(({ arn }) => arn === secretId || arn.slice(0, -7) === secretId),
    require: (secretId) => {
      const secret = registry.find(secretId);
      if (secret !== undefined) return secret;
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    },
    requireLive: (secretId) => {
      const secret = registry.require(secretId);
      if (secret.deletionSeconds === undefined) return secret;
      throw new AwsError('InvalidRequestException', 'The secret was marked for deletion.');
    },
    create: (name, description) => {
      if (!namePattern.test(name)) throw new AwsError('ValidationException', 'Invalid name.');
      const secret: Secret = {
        arn: `arn:aws:secretsmanager:${region}:${localAccountId}:secret:${name}-${randomBytes(3).toString('hex')}`,
        name,
        description,
        createdSeconds: registry.now(),
        changedSeconds: registry.now(),
        deletionSeconds: undefined,
        versions: new Map(),
      };
      secrets.set(name, secret);
      return secret;
    },
    remove: ({ name }) => void secrets.delete(name),
    list: () => [...secrets.values()],
  };
  return registry;
}
