// What is left to do by hand around a deployment, as commands.
import type { SecretState } from './aws-account.ts';
import type { ResolvedService } from './resolve-service.ts';

/** A secret that somebody has to fill. */
export interface KeySecret {
  readonly id: string;
  /** What to write into it. */
  readonly value: string;
  readonly holds: string;
}

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
    ...(fields.length > 0
      ? [{ id: `${name}/${stage}/credentials`, value: toValue(fields), holds: 'the keys of the Baidu account' }]
      : []),
    ...(OPENAI_KEY_SECRET_ID
      ? [{ id: `${name}/${stage}/openai-key`, value: toValue(['OPENAI_API_KEY']), holds: 'the key of the upstream' }]
      : []),
  ];
}

/** Returns the name of the secret with the clients. */
export function clientsSecretId({ name }: ResolvedService, stage: string): string {
  return `${name}/${stage}/clients`;
}

export interface StepsOptions {
  readonly service: ResolvedService;
  readonly stage: string;
  readonly region: string;
  /** By name of the secret; a state that is not known counts as nothing done. */
  readonly states: Readonly<Record<string, SecretState>>;
}

/** Returns the steps that are left, in their order. */
export function describeNextSteps({ service, stage, region, states }: StepsOptions): readonly string[] {
  const unfilled = findKeySecrets(service, stage).filter(({ id }) => !isFilled(states[id]));
  const { TOKEN_SECRET_ID, BEARER_SECRET_ID } = service.functions['token-refresh']?.environment ?? {};
  const hasClients = states[clientsSecretId(service, stage)] === 'changed';
  return [
    ...unfilled.map(
      ({ id, value, holds }) =>
        `Put ${holds} into their secret: write ${value} to keys.json, then\n` +
        `aws secretsmanager put-secret-value --region ${region} --secret-id ${id} --secret-string file://keys.json\n` +
        'and remove keys.json.',
    ),
    ...(unfilled.length > 0 && (TOKEN_SECRET_ID || BEARER_SECRET_ID)
      ? [
          `Have the first token obtained:\nnpx serverless invoke --function token-refresh --stage ${stage} --region ${region}`,
        ]
      : []),
    ...(hasClients
      ? []
      : [
          `Create a client; its secret is shown once:\nAWS_REGION=${region} npm run keys -- create <id> --stage ${stage}`,
        ]),
    'Try it, with the address that the deployment prints:\nnpm run smoke -- <address> <id>:<secret>',
  ];
}

function isFilled(state: SecretState | undefined): boolean {
  return state === 'first' || state === 'changed';
}

function toValue(fields: readonly string[]): string {
  return `{${fields.map((field) => `"${field}":"…"`).join(',')}}`;
}
