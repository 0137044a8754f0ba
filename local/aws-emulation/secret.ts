// A secret of Secrets Manager, and the rules for moving staging labels between its versions.
import { AwsError } from './aws-service.ts';

export interface SecretValue {
  readonly text?: string | undefined;
  /** Base64, as on the wire. */
  readonly binary?: string | undefined;
}

export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdSeconds: number;
  readonly stages: Set<string>;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdSeconds: number;
  changedSeconds: number;
  /** When the secret may be removed for good; undefined unless it was deleted. */
  deletionSeconds: number | undefined;
  readonly versions: Map<string, SecretVersion>;
}

/** The label of the version that readers get. */
export const currentStage = 'AWSCURRENT';
const previousStage = 'AWSPREVIOUS';

/** Returns the version that carries the label. */
function findStage(secret: Secret, stage: string): SecretVersion | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(stage));
}

/**
 * Finds the version that is asked for by id, by label or by both; by default the current one.
 * Throws ResourceNotFoundException, or InvalidRequestException when id and label name different versions.
 */
export function findVersion(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const version = id === undefined ? findStage(secret, stage ?? currentStage) : secret.versions.get(id);
  if (version === undefined) {
    const wanted = id === undefined ? `staging label: ${stage ?? currentStage}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return version;
}

/**
 * Adds a version with the given id. The first version of a secret becomes current, whatever labels were requested. If the
 * id exists with the same value, nothing changes; if it exists with another value, throws ResourceExistsException.
 */
export function addVersion(
  secret: Secret,
  added: Omit<SecretVersion, 'stages'>,
  stages: readonly string[],
): SecretVersion {
  const known = secret.versions.get(added.id);
  if (known !== undefined) {
    if (known.value.text === added.value.text && known.value.binary === added.value.binary) return known;
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${added.id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const version: SecretVersion = { ...added, stages: new Set() };
  const labels = secret.versions.size === 0 ? [...stages, currentStage] : stages;
  secret.versions.set(version.id, version);
  for (const stage of labels) moveStage(secret, stage, version);
  secret.changedSeconds = added.createdSeconds;
  return version;
}

/** Moves a label to a version. The version that loses AWSCURRENT gets AWSPREVIOUS. */
export function moveStage(secret: Secret, stage: string, to: SecretVersion): void {
  const from = findStage(secret, stage);
  if (from === to) return;
  from?.stages.delete(stage);
  to.stages.add(stage);
  if (stage !== currentStage || from === undefined) return;
  findStage(secret, previousStage)?.stages.delete(previousStage);
  from.stages.add(previousStage);
}

/**
 * Checks that the caller has named the version that has the label now, as the source or the destination.
 * Throws InvalidParameterException.
 */
export function requireUnmoved(secret: Secret, stage: string, namedIds: readonly (string | undefined)[]): void {
  const holder = findStage(secret, stage);
  if (holder === undefined || namedIds.includes(holder.id)) return;
  throw new AwsError(
    'InvalidParameterException',
    `RemoveFromVersionId must name the version that staging label ${stage} is attached to: ${holder.id}.`,
  );
}

/** Takes a label away. Throws InvalidParameterException for AWSCURRENT, which can only be moved. */
export function removeStage(secret: Secret, stage: string): void {
  if (stage === currentStage) {
    throw new AwsError('InvalidParameterException', `Staging label ${stage} can be moved but not removed.`);
  }
  findStage(secret, stage)?.stages.delete(stage);
}

/** The labelled versions, as DescribeSecret and ListSecrets show them. */
export function listStages(secret: Secret): Record<string, readonly string[]> {
  const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]]));
}
