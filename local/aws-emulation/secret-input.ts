// Reads the input of Secrets Manager operations.
import { randomUUID } from 'node:crypto';
import type { JsonInput } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { SecretValue } from './secret.ts';

/** Reads a text member; undefined when absent. Throws SerializationException when it is not text. */
export function optionalText(input: JsonInput, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new AwsError('SerializationException', `${member} is not a string.`);
}

/** Reads a text member that must be there. Throws ValidationException when it is absent or empty. */
export function requiredText(input: JsonInput, member: string): string {
  const value = optionalText(input, member) ?? '';
  if (value !== '') return value;
  throw new AwsError('ValidationException', `1 validation error detected: ${member} must not be null or empty.`);
}

/** Reads the names of staging labels. */
export function optionalStages(input: JsonInput): readonly string[] | undefined {
  const stages = input['VersionStages'];
  if (stages === undefined || stages === null) return undefined;
  if (Array.isArray(stages) && stages.every((stage) => typeof stage === 'string')) return stages;
  throw new AwsError('SerializationException', 'VersionStages is not a list of strings.');
}

/** Reads the version id that makes a call idempotent, or makes one up if it is absent. The SDK always sends one. */
export function readRequestToken(input: JsonInput): string {
  const token = optionalText(input, 'ClientRequestToken') ?? randomUUID();
  if (token.length >= 32 && token.length <= 64) return token;
  throw new AwsError('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.');
}

/** Reads the value of a new version; undefined when there is none. */
export function readSecretValue(input: JsonInput): SecretValue | undefined {
  const text = optionalText(input, 'SecretString');
  const binary = optionalText(input, 'SecretBinary');
  if (text !== undefined && binary !== undefined) {
    throw new AwsError('InvalidParameterException', "You can't specify both a binary and a string secret value.");
  }
  return text === undefined && binary === undefined ? undefined : { text, binary };
}
