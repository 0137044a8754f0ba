// What the roles may do with secrets and the token refresh, for every way in which the gateway proves itself.
import { packageTemplates } from './package-service.ts';
import type { ParameterValues } from './package-service.ts';
import { resourcesOf, rightsOf, variablesOf } from './read-template.ts';
import type { Template } from './read-template.ts';

const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** What the functions that ask the upstreams read, and which tokens are renewed. */
const modes = {
  'access_token none': { reads: ['TokenSecret'], renews: ['TokenSecret'] },
  'access_token secret': { reads: ['TokenSecret', 'OpenaiKeySecret'], renews: ['TokenSecret'] },
  'access_token bearer': { reads: ['TokenSecret', 'BearerSecret'], renews: ['TokenSecret', 'BearerSecret'] },
  'iam none': { reads: ['CredentialsSecret'], renews: [] },
  'iam secret': { reads: ['CredentialsSecret', 'OpenaiKeySecret'], renews: [] },
  'iam bearer': { reads: ['CredentialsSecret', 'BearerSecret'], renews: ['BearerSecret'] },
  'none none': { reads: [], renews: [] },
  'none secret': { reads: ['OpenaiKeySecret'], renews: [] },
  'none bearer': { reads: ['BearerSecret'], renews: ['BearerSecret'] },
} as const;

type Mode = keyof typeof modes;

const names = Object.keys(modes) as readonly Mode[];

let templates: Readonly<Record<Mode, Template>>;

beforeAll(async () => {
  const variants: Partial<Record<Mode, ParameterValues>> = {};
  for (const mode of names) {
    const [qianfanAuth = '', openaiKey = ''] = mode.split(' ');
    variants[mode] = { qianfanAuth, openaiKey, kmsKeyArn };
  }
  templates = await packageTemplates(variants as Record<Mode, ParameterValues>);
}, 120_000);

const read = (secret: string): string => `secretsmanager:GetSecretValue ${secret}`;
const write = (secret: string): string => `secretsmanager:PutSecretValue ${secret}`;

function secretRightsOf(mode: Mode, name: string): readonly string[] {
  return rightsOf(templates[mode], name).filter((right) => /^(?:secretsmanager|lambda):/.test(right));
}

/** Of the secrets that a function may have decrypted, and encrypted. */
function keyRightsOf(mode: Mode, name: string): readonly string[] {
  return rightsOf(templates[mode], name).flatMap((right) => {
    const [, action = '', condition = ''] = /^kms:(\w+) \S+ if (.*EncryptionContext.*)$/.exec(right) ?? [];
    return [...condition.matchAll(/"Ref":"(\w+Secret)"/g)].map(([, secret = '']) => `${action} ${secret}`);
  });
}

it.each(names)(
  'a caller of upstreams reads what it proves itself with, and calls the refresh of a token: %s',
  (mode) => {
    const { reads, renews } = modes[mode];
    const calls = renews.length > 0 ? ['lambda:InvokeFunction TokenDashrefreshLambdaFunction.Arn'] : [];
    const rights = [...calls, ...reads.map(read)];
    expect(secretRightsOf(mode, 'queue-worker')).toEqual(rights.toSorted());
    expect(secretRightsOf(mode, 'completion')).toEqual([...rights, read('ClientsSecret')].toSorted());
    const decrypts = reads.map((secret) => `Decrypt ${secret}`);
    expect(keyRightsOf(mode, 'queue-worker').toSorted()).toEqual(decrypts.toSorted());
    expect(keyRightsOf(mode, 'completion').toSorted()).toEqual([...decrypts, 'Decrypt ClientsSecret'].toSorted());
  },
);

it.each(names)('a caller of upstreams is told of a token and its refresh where there is one: %s', (mode) => {
  const { renews } = modes[mode];
  for (const name of ['completion', 'queue-worker']) {
    expect(variablesOf(templates[mode], name)).toMatchObject({
      TOKEN_SECRET_ID: mode.startsWith('access_token') ? { Ref: 'TokenSecret' } : '',
      BEARER_SECRET_ID: mode.endsWith('bearer') ? { Ref: 'BearerSecret' } : '',
      TOKEN_REFRESH_FUNCTION: renews.length > 0 ? { Ref: 'TokenDashrefreshLambdaFunction' } : '',
    });
  }
});

it.each(names)('the token refresh reads the long-lived keys and renews the tokens there are: %s', (mode) => {
  const { renews } = modes[mode];
  const keys = renews.length > 0 ? ['CredentialsSecret'] : [];
  const rights = [...keys.map(read), ...renews.map(read), ...renews.map(write)];
  expect(secretRightsOf(mode, 'token-refresh')).toEqual(rights.toSorted());
  const keyRights = [
    ...[...keys, ...renews].map((secret) => `Decrypt ${secret}`),
    ...renews.map((secret) => `GenerateDataKey ${secret}`),
  ];
  expect(keyRightsOf(mode, 'token-refresh').toSorted()).toEqual(keyRights.toSorted());
  const rules = Object.values(resourcesOf(templates[mode], 'AWS::Events::Rule'));
  expect(rules).toEqual([expect.objectContaining({ State: renews.length > 0 ? 'ENABLED' : 'DISABLED' })]);
});
