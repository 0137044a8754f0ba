// The secrets of a stage that somebody has to look after around a deployment.
import type { SecretState } from './aws-account.ts';
import type { Finding } from './finding.ts';
import type { ResolvedService } from './resolve-service.ts';

/** A secret that somebody has to fill. */
export interface KeySecret {
  readonly id: string;
  /** The names under which its JSON object has the keys. */
  readonly fields: readonly string[];
  /** What the keys are, after "the". */
  readonly holds: string;
}

/** By name of the secret; a state that is not known is not there. */
export type SecretStates = Readonly<Record<string, SecretState>>;

/** Returns the secrets that the deployment needs and nobody but its owner can fill. */
export function findKeySecrets({ name, functions }: ResolvedService, stage: string): readonly KeySecret[] {
  const {
    UPSTREAM = '',
    QIANFAN_AUTH,
    BEARER_SECRET_ID,
    OPENAI_KEY_SECRET_ID,
  } = functions['completion']?.environment ?? {};
  const asksV1 = UPSTREAM.split(',').some((upstream) => upstream.trim() === 'qianfan-v1');
  const fields = [
    ...(QIANFAN_AUTH === 'access_token' ? ['QIANFAN_AK', 'QIANFAN_SK'] : []),
    ...((asksV1 && QIANFAN_AUTH === 'iam') || BEARER_SECRET_ID ? ['QIANFAN_ACCESS_KEY', 'QIANFAN_SECRET_KEY'] : []),
  ];
  return [
    ...(fields.length > 0 ? [{ id: `${name}/${stage}/credentials`, fields, holds: 'keys of the Baidu account' }] : []),
    ...(OPENAI_KEY_SECRET_ID
      ? [{ id: `${name}/${stage}/openai-key`, fields: ['OPENAI_API_KEY'], holds: 'key of the upstream' }]
      : []),
  ];
}

/** Returns the names of the secrets that the token refresh fills: none where no token is used. */
export function findTokenSecretIds({ name, functions }: ResolvedService, stage: string): readonly string[] {
  const { TOKEN_SECRET_ID, BEARER_SECRET_ID } = functions['token-refresh']?.environment ?? {};
  return [
    ...(TOKEN_SECRET_ID ? [`${name}/${stage}/token`] : []),
    ...(BEARER_SECRET_ID ? [`${name}/${stage}/bearer`] : []),
  ];
}

/** Returns the name of the secret with the clients. */
export function clientsSecretId({ name }: ResolvedService, stage: string): string {
  return `${name}/${stage}/clients`;
}

/** Says whether a secret has a value; one whose state is not known counts as empty. */
export function isFilled(state: SecretState | undefined): boolean {
  return state === 'first' || state === 'changed';
}

/** Names the keys that are not in their secrets yet, or of which that is not known. */
export function noteUnfilledKeys(secrets: readonly KeySecret[], states: SecretStates): readonly Finding[] {
  return secrets
    .filter(({ id }) => !isFilled(states[id]))
    .map(({ id, fields, holds }) => {
      const [are, them, they] = fields.length > 1 ? ['are', 'them', 'they are'] : ['is', 'it', 'it is'];
      const keys = `${holds} (${fields.join(', ')})`;
      const text =
        states[id] === undefined
          ? `The deployment needs the ${keys} in ${id}: put ${them} there afterwards, unless ${they} there already`
          : `The ${keys} ${are} not in ${id} yet: put ${them} there after the deployment`;
      return { kind: 'note', text };
    });
}
