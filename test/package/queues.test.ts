// The queues of requests, results and dead letters, and the bucket beside them.
import { packageTemplates } from './package-service.ts';
import { lambdaFunctionOf, resourceOf } from './read-template.ts';
import type { Template } from './read-template.ts';

interface Queue {
  readonly QueueName: string;
  readonly MessageRetentionPeriod: number;
  readonly VisibilityTimeout?: number;
}

interface Bucket {
  readonly LifecycleConfiguration: { readonly Rules: readonly Readonly<Record<string, unknown>>[] };
}

const secondsPerDay = 86_400;

const queueIds = ['RequestsQueue', 'ResultsQueue', 'DeadLetterQueue'] as const;

const deniedOverPlainHttp = {
  Effect: 'Deny',
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

let template: Template;
let fifoTemplate: Template;

beforeAll(async () => {
  ({ template, fifoTemplate } = await packageTemplates({ template: {}, fifoTemplate: { queueType: 'fifo' } }));
}, 60_000);

function queueOf(id: (typeof queueIds)[number], from = template): Queue {
  return resourceOf<Queue>(from, 'AWS::SQS::Queue', id).Properties;
}

/** What the dead letters say of the one queue that may send there. */
function allowsRedriveFrom({ QueueName }: Queue): unknown {
  const arn = `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${QueueName}`;
  return { redrivePermission: 'byQueue', sourceQueueArns: [{ 'Fn::Sub': arn }] };
}

describe('the queues', () => {
  it('are named after the service and the stage', () => {
    expect(queueIds.map((id) => queueOf(id).QueueName)).toEqual([
      'qianfan-serverless-dev-requests',
      'qianfan-serverless-dev-results',
      'qianfan-serverless-dev-requests-dead-letter',
    ]);
  });

  it.each(queueIds)('are encrypted and take the largest messages that SQS allows: %s', (id) => {
    expect(queueOf(id)).toMatchObject({ SqsManagedSseEnabled: true, MaximumMessageSize: 1_048_576 });
  });

  it('are closed to plain HTTP', () => {
    const { Properties } = resourceOf<{ readonly Queues: readonly unknown[]; readonly PolicyDocument: unknown }>(
      template,
      'AWS::SQS::QueuePolicy',
      'QueuesPolicy',
    );
    expect(new Set(Properties.Queues)).toEqual(
      new Set([...queueIds, 'FailedRefreshesQueue'].map((id) => ({ Ref: id }))),
    );
    expect(Properties.PolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [{ ...deniedOverPlainHttp, Action: 'sqs:*', Resource: '*' }],
    });
  });

  it('hide a request for six times as long as the worker may run', () => {
    const { Timeout } = lambdaFunctionOf(template, 'queue-worker');
    expect(queueOf('RequestsQueue').VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });

  it('hand a request that was received 12 times to the dead letters, which come from nowhere else', () => {
    expect(queueOf('RequestsQueue')).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] }, maxReceiveCount: 16 },
    });
    expect(queueOf('DeadLetterQueue')).toMatchObject({
      RedriveAllowPolicy: allowsRedriveFrom(queueOf('RequestsQueue')),
    });
  });

  it('keep requests for a week, and dead letters for a week longer', () => {
    expect(queueOf('RequestsQueue').MessageRetentionPeriod).toBe(7 * secondsPerDay);
    expect(queueOf('DeadLetterQueue').MessageRetentionPeriod).toBe(14 * secondsPerDay);
  });

  it('keep results for two weeks', () => {
    expect(queueOf('ResultsQueue').MessageRetentionPeriod).toBe(14 * secondsPerDay);
  });

  it.each(queueIds)('are standard queues: %s', (id) => {
    const names = Object.keys(queueOf(id)).filter((name) => /Fifo|Deduplication/.test(name));
    expect(names).toEqual([]);
  });

  it('are found by the outputs of the stack', () => {
    expect(template.Outputs).toMatchObject({
      RequestsQueueUrl: { Value: { Ref: 'RequestsQueue' } },
      RequestsQueueArn: { Value: { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] } },
      ResultsQueueUrl: { Value: { Ref: 'ResultsQueue' } },
      DeadLetterQueueUrl: { Value: { Ref: 'DeadLetterQueue' } },
      DeadLetterQueueArn: { Value: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
      FailedRefreshesQueueUrl: { Value: { Ref: 'FailedRefreshesQueue' } },
      ResultsBucketName: { Value: { Ref: 'ResultsBucket' } },
    });
  });
});

describe('the queues with queueType=fifo', () => {
  const fifo = {
    FifoQueue: true,
    ContentBasedDeduplication: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  };

  it('are FIFO queues of high throughput, but for the results', () => {
    const requests = queueOf('RequestsQueue', fifoTemplate);
    expect(requests).toEqual({
      ...queueOf('RequestsQueue'),
      ...fifo,
      QueueName: 'qianfan-serverless-dev-requests.fifo',
    });
    expect(queueOf('DeadLetterQueue', fifoTemplate)).toEqual({
      ...queueOf('DeadLetterQueue'),
      ...fifo,
      QueueName: 'qianfan-serverless-dev-requests-dead-letter.fifo',
      RedriveAllowPolicy: allowsRedriveFrom(requests),
    });
    expect(queueOf('ResultsQueue', fifoTemplate)).toEqual(queueOf('ResultsQueue'));
  });
});

describe('the bucket of results', () => {
  const bucket = () => resourceOf<Bucket>(template, 'AWS::S3::Bucket', 'ResultsBucket');

  it('has no name of its own, is encrypted and private, and belongs to the account with all that is in it', () => {
    const { LifecycleConfiguration, ...properties } = bucket().Properties;
    expect(LifecycleConfiguration).toBeDefined();
    expect(properties).toEqual({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('forgets answered requests after a day, and keeps a result as long as the message that points to it', () => {
    const daysOfResults = queueOf('ResultsQueue').MessageRetentionPeriod / secondsPerDay;
    expect(bucket().Properties.LifecycleConfiguration.Rules).toEqual([
      { Id: 'known', Status: 'Enabled', Prefix: 'known/', ExpirationInDays: 1 },
      { Id: 'oversized', Status: 'Enabled', Prefix: 'oversized/', ExpirationInDays: daysOfResults },
      { Id: 'incomplete-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ]);
  });

  it('is closed to plain HTTP', () => {
    expect(resourceOf(template, 'AWS::S3::BucketPolicy', 'ResultsBucketPolicy').Properties).toEqual({
      Bucket: { Ref: 'ResultsBucket' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            ...deniedOverPlainHttp,
            Action: 's3:*',
            Resource: [{ 'Fn::GetAtt': ['ResultsBucket', 'Arn'] }, { 'Fn::Sub': '${ResultsBucket.Arn}/*' }],
          },
        ],
      },
    });
  });

  it('outlives the stack with its policy, unless the stack was never created', () => {
    for (const resource of [bucket(), resourceOf(template, 'AWS::S3::BucketPolicy', 'ResultsBucketPolicy')]) {
      expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });
});
