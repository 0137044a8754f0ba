// The operations of Secrets Manager, from parsed input to output.
import type { JsonInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import { optionalStages, optionalText, readRequestToken, readSecretValue, requiredText } from './secret-input.ts';
import type { SecretRegistry } from './secret-registry.ts';
import { addVersion, currentStage, findVersion, listStages, moveStage, removeStage, requireUnmoved } from './secret.ts';
import type { Secret } from './secret.ts';

type Output = Readonly<Record<string, unknown>>;
type Operation = (input: JsonInput, registry: SecretRegistry) => Output;

const defaultRecoveryDays = 30;
const daySeconds = 86_400;

/**
 * The operations by name. Like AWS, they throw AwsError for a secret that is missing, already exists, has no value, or
 * was deleted. Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
 */
export const secretOperations: Readonly<Record<string, Operation>> = {
  CreateSecret: (input, registry) => {
    const name = requiredText(input, 'Name');
    const token = readRequestToken(input);
    const value = readSecretValue(input);
    const known = registry.find(name);
    if (known?.deletionSeconds !== undefined) {
      throw new AwsError('InvalidRequestException', 'A secret with this name is already scheduled for deletion.');
    }
    // The same token means that the caller repeats a call because it did not get the answer.
    if (known !== undefined && !known.versions.has(token)) {
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const secret = known ?? registry.create(name, optionalText(input, 'Description'));
    if (value === undefined) return identify(secret);
    const added = addVersion(secret, { id: token, value, createdSeconds: registry.now() }, [currentStage]);
    return { ...identify(secret), VersionId: added.id };
  },

  PutSecretValue: (input, registry) => {
    const secret = registry.requireLive(requiredText(input, 'SecretId'));
    const value = readSecretValue(input);
    if (value === undefined) {
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const version = { id: readRequestToken(input), value, createdSeconds: registry.now() };
    const { id, stages } = addVersion(secret, version, optionalStages(input) ?? [currentStage]);
    return { ...identify(secret), VersionId: id, VersionStages: [...stages] };
  },

  GetSecretValue: (input, registry) => {
    const secret = registry.requireLive(requiredText(input, 'SecretId'));
    const version = findVersion(secret, optionalText(input, 'VersionId'), optionalText(input, 'VersionStage'));
    return {
      ...identify(secret),
      VersionId: version.id,
      VersionStages: [...version.stages],
      SecretString: version.value.text,
      SecretBinary: version.value.binary,
      CreatedDate: version.createdSeconds,
    };
  },

  DescribeSecret: (input, registry) => {
    const secret = registry.require(requiredText(input, 'SecretId'));
    return { ...describe(secret), VersionIdsToStages: listStages(secret) };
  },

  UpdateSecretVersionStage: (input, registry) => {
    const secret = registry.requireLive(requiredText(input, 'SecretId'));
    const stage = requiredText(input, 'VersionStage');
    const moveToId = optionalText(input, 'MoveToVersionId');
    requireUnmoved(secret, stage, [moveToId, optionalText(input, 'RemoveFromVersionId')]);
    if (moveToId === undefined) removeStage(secret, stage);
    else moveStage(secret, stage, findVersion(secret, moveToId, undefined));
    return identify(secret);
  },

  DeleteSecret: (input, registry) => {
    const secretId = requiredText(input, 'SecretId');
    if (input['ForceDeleteWithoutRecovery'] === true) {
      const secret = registry.find(secretId);
      if (secret !== undefined) registry.remove(secret);
      return { ...identify(secret ?? { arn: secretId, name: secretId }), DeletionDate: registry.now() };
    }
    const secret = registry.requireLive(secretId);
    const recoveryDays = Number(input['RecoveryWindowInDays'] ?? defaultRecoveryDays);
    secret.deletionSeconds = registry.now() + recoveryDays * daySeconds;
    return { ...identify(secret), DeletionDate: secret.deletionSeconds };
  },

  ListSecrets: (input, registry) => {
    const withDeleted = input['IncludePlannedDeletion'] === true;
    const listed = registry.list().filter(({ deletionSeconds }) => withDeleted || deletionSeconds === undefined);
    return {
      SecretList: listed.map((secret) => ({ ...describe(secret), SecretVersionsToStages: listStages(secret) })),
    };
  },
};

function identify({ arn, name }: Pick<Secret, 'arn' | 'name'>): Output {
  return { ARN: arn, Name: name };
}

function describe(secret: Secret): Output {
  return {
    ...identify(secret),
    Description: secret.description,
    CreatedDate: secret.createdSeconds,
    LastChangedDate: secret.changedSeconds,
    DeletedDate: secret.deletionSeconds,
  };
}
