// What is left to do by hand around a deployment, as commands.
import { clientsSecretId, findKeySecrets, findTokenSecretIds, isFilled } from './key-secrets.ts';
import type { KeySecret, SecretStates } from './key-secrets.ts';
import type { ResolvedService } from './resolve-service.ts';

export interface StepsOptions {
  readonly service: ResolvedService;
  readonly stage: string;
  readonly region: string;
  /** The AWS profile that was named; undefined: the one that commands find by themselves. */
  readonly profile: string | undefined;
  /** A state that is not known counts as nothing done. */
  readonly states: SecretStates;
}

/** Returns the steps that are left, in their order. */
export function describeNextSteps({ service, stage, region, profile, states }: StepsOptions): readonly string[] {
  const tokenIds = findTokenSecretIds(service, stage);
  const hasTokens = tokenIds.every((id) => isFilled(states[id]));
  const hasClients = states[clientsSecretId(service, stage)] === 'changed';
  const name = profile === undefined ? undefined : quote(profile);
  const ofCli = `--region ${region}${name === undefined ? '' : ` --profile ${name}`}`;
  const ofServerless = `--region ${region}${name === undefined ? '' : ` --aws-profile ${name}`}`;
  const ofEnvironment = `${name === undefined ? '' : `AWS_PROFILE=${name} `}AWS_REGION=${region}`;
  return [
    ...findKeySecrets(service, stage).map((secret) => describeKeys(secret, isFilled(states[secret.id]), ofCli)),
    ...(hasTokens
      ? []
      : [
          `Have the first token obtained:\nnpx serverless invoke --function token-refresh --stage ${stage} ${ofServerless}`,
        ]),
    ...(hasClients
      ? []
      : [`Create a client; its secret is shown once:\n${ofEnvironment} npm run keys -- create <id> --stage ${stage}`]),
    'Try it, with the address that the deployment prints:\nnpm run smoke -- <address> <id>:<secret>',
  ];
}

/** Only its owner knows what a secret that is filled holds: it may be the keys of other parameters. */
function describeKeys({ id, fields, holds }: KeySecret, isThere: boolean, options: string): string {
  const value = `{${fields.map((field) => `"${field}":"…"`).join(',')}}`;
  const start = isThere
    ? `Make sure that ${id} holds the ${holds}, as ${value}. If it does not, write that to keys.json, then`
    : `Put the ${holds} into ${fields.length > 1 ? 'their' : 'its'} secret: write ${value} to keys.json, then`;
  return (
    `${start}\naws secretsmanager put-secret-value ${options} --secret-id ${id} --secret-string file://keys.json\n` +
    'and remove keys.json.'
  );
}

/** Makes one word of a text for a shell. */
function quote(text: string): string {
  return /^[\w.@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
