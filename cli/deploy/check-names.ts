// Names that a deployment cannot have: those of functions that are too long, and those of secrets that AWS still keeps.
import type { Finding } from './finding.ts';
import type { SecretStates } from './key-secrets.ts';
import type { ResolvedService } from './resolve-service.ts';

/** See https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const longestFunctionName = 64;

/** Says of a stage name that it makes a function's name longer than Lambda allows, and how long it may be. */
export function checkFunctionNames({ functions }: ResolvedService, stage: string): readonly Finding[] {
  const names = Object.values(functions).map(({ deployedName }) => deployedName);
  const [longest = ''] = names.toSorted((a, b) => b.length - a.length);
  const excess = longest.length - longestFunctionName;
  if (excess <= 0) return [];
  const text =
    `The stage name ${stage} makes the function name ${longest} ${longest.length} characters long, and Lambda allows ` +
    `${longestFunctionName}: choose a stage name of at most ${stage.length - excess} characters`;
  return [{ kind: 'missing', text }];
}

/** Says of secrets that they are scheduled for deletion, which keeps AWS from making others of their names. */
export function checkSecretNames({ secretNames }: ResolvedService, states: SecretStates): readonly Finding[] {
  const deleted = secretNames.filter((name) => states[name] === 'deleted');
  if (deleted.length === 0) return [];
  const text =
    'AWS keeps the names of secrets that are scheduled for deletion, so a stack that has them cannot be made: choose another ' +
    'stage name, wait until they are gone, or delete them at once, with their values, by\n' +
    deleted
      .map((name) => `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${name}`)
      .join('\n');
  return [{ kind: 'missing', text }];
}
