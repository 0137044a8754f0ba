// With a KMS key of the user's own: what it encrypts, and who may use it for what.
import { packageTemplates } from './package-service.ts';
import { resourceOf, resourcesOf, rightsOf } from './read-template.ts';
import type { Template } from './read-template.ts';

const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

let template: Template;
let keyTemplate: Template;
let bearerTemplate: Template;

beforeAll(async () => {
  ({ template, keyTemplate, bearerTemplate } = await packageTemplates({
    template: {},
    keyTemplate: { kmsKeyArn },
    bearerTemplate: { kmsKeyArn, qianfanAuth: 'iam', openaiKey: 'bearer' },
  }));
}, 60_000);

/** What a function may do with the key, as "action service secrets"; a right of another form fails. */
function keyRightsOf(from: Template, name: string): readonly string[] {
  return rightsOf(from, name)
    .filter((right) => right.startsWith('kms:'))
    .map((right) => {
      const [, action = '', conditionText = ''] = right.match(`^(kms:\\w+) ${kmsKeyArn} if (.*)$`) ?? [];
      const { StringEquals, ...others } = JSON.parse(conditionText) as { readonly StringEquals: KeyCondition };
      expect(others).toEqual({});
      const { 'kms:ViaService': services, 'kms:EncryptionContext:SecretARN': secrets = [], ...rest } = StringEquals;
      const context = Object.entries(rest).map(
        ([key, value]) => `${key.replace('kms:EncryptionContext:', '')}=${nameOf(value as Named)}`,
      );
      const serviceNames = [services]
        .flat()
        .map((service) => service['Fn::Sub'].replace('.${AWS::Region}.${AWS::URLSuffix}', ''));
      return [action, serviceNames.join('+'), ...[secrets].flat().map(({ Ref }) => Ref), ...context].join(' ');
    });
}

interface Named {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
}

function nameOf({ Ref, 'Fn::GetAtt': attribute = [] }: Named): string {
  return Ref ?? attribute.join('.');
}

/** Beside these, what the services tell KMS: `kms:EncryptionContext:` and the name of a value → what it must be. */
interface KeyCondition {
  readonly 'kms:ViaService': OneOrMore<{ readonly 'Fn::Sub': string }>;
  readonly 'kms:EncryptionContext:SecretARN'?: OneOrMore<{ readonly Ref: string }>;
}

type OneOrMore<Value> = Value | readonly Value[];

describe('a key of the own', () => {
  it('encrypts every secret', () => {
    const secrets = Object.values(
      resourcesOf<{ readonly KmsKeyId: unknown }>(keyTemplate, 'AWS::SecretsManager::Secret'),
    );
    expect(secrets.map(({ KmsKeyId }) => KmsKeyId)).toEqual(secrets.map(() => kmsKeyArn));
    expect(secrets).toHaveLength(5);
  });

  it('encrypts every queue, in place of the key of SQS', () => {
    const queues = Object.values(resourcesOf<Readonly<Record<string, unknown>>>(keyTemplate, 'AWS::SQS::Queue'));
    expect(queues).toHaveLength(4);
    for (const queue of queues) {
      expect(queue['KmsMasterKeyId']).toBe(kmsKeyArn);
      expect(queue).not.toHaveProperty('SqsManagedSseEnabled');
    }
  });

  it('encrypts the bucket, with one call for many objects', () => {
    expect(resourceOf(keyTemplate, 'AWS::S3::Bucket', 'ResultsBucket').Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn },
            BucketKeyEnabled: true,
          },
        ],
      },
    });
  });

  it('encrypts the table', () => {
    const table = resourceOf<{ readonly SSESpecification?: unknown }>(
      keyTemplate,
      'AWS::DynamoDB::Table',
      'StateTable',
    );
    expect(table.Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn });
  });

  // What the CDK's grantReadWriteData grants on the key of a table (aws-dynamodb/lib/perms.ts), its stars written out.
  const ofTable = [
    ...['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'].map(
      (action) => `kms:${action} dynamodb aws:dynamodb:tableName=StateTable aws:dynamodb:subscriberId=AWS::AccountId`,
    ),
    // KMS is told no context with this one.
    'kms:DescribeKey dynamodb',
  ];

  it('opens to the completion function the secrets that it may read, and the table', () => {
    expect(keyRightsOf(keyTemplate, 'completion').toSorted()).toEqual(
      ['kms:Decrypt secretsmanager TokenSecret', 'kms:Decrypt secretsmanager ClientsSecret', ...ofTable].toSorted(),
    );
    expect(keyRightsOf(bearerTemplate, 'completion').toSorted()).toEqual(
      [
        'kms:Decrypt secretsmanager CredentialsSecret BearerSecret',
        'kms:Decrypt secretsmanager ClientsSecret',
        ...ofTable,
      ].toSorted(),
    );
  });

  it('opens to the queue worker its secrets, the queues, the bucket and the table', () => {
    const others = [
      'kms:Decrypt sqs',
      'kms:GenerateDataKey sqs',
      'kms:GenerateDataKey s3 aws:s3:arn=ResultsBucket.Arn',
      ...ofTable,
    ];
    expect(keyRightsOf(keyTemplate, 'queue-worker').toSorted()).toEqual(
      ['kms:Decrypt secretsmanager TokenSecret', ...others].toSorted(),
    );
    expect(keyRightsOf(bearerTemplate, 'queue-worker').toSorted()).toEqual(
      ['kms:Decrypt secretsmanager CredentialsSecret BearerSecret', ...others].toSorted(),
    );
  });

  it('opens to the token refresh what it reads, what it writes, and the queue of its failures', () => {
    expect(keyRightsOf(keyTemplate, 'token-refresh').toSorted()).toEqual([
      'kms:Decrypt secretsmanager CredentialsSecret',
      'kms:Decrypt secretsmanager TokenSecret',
      'kms:Decrypt sqs',
      'kms:GenerateDataKey secretsmanager TokenSecret',
      'kms:GenerateDataKey sqs',
    ]);
  });

  it('adds no other right', () => {
    for (const name of ['completion', 'queue-worker', 'token-refresh']) {
      const others = rightsOf(keyTemplate, name).filter((right) => !right.startsWith('kms:'));
      expect(others).toEqual(rightsOf(template, name));
    }
  });
});
