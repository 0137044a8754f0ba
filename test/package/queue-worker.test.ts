// What the queue's worker may do and is told, and how the queue calls it.
import { packageTemplates } from './package-service.ts';
import { lambdaFunctionOf, resourceOf, resourcesOf, rightsOf, variablesOf } from './read-template.ts';
import type { Template } from './read-template.ts';
import { upstreamVariables } from './upstream-variables.ts';

interface RequestsQueue {
  readonly RedrivePolicy: { readonly maxReceiveCount: number | string };
}

/** But for what it proves itself to the upstream with. */
const others = [
  'dynamodb:DeleteItem StateTable.Arn',
  'dynamodb:GetItem StateTable.Arn',
  'dynamodb:PutItem StateTable.Arn',
  'dynamodb:UpdateItem StateTable.Arn',
  'logs:CreateLogStream QueueDashworkerLogGroup.Arn',
  'logs:PutLogEvents QueueDashworkerLogGroup.Arn',
  's3:PutObject ${ResultsBucket.Arn}/oversized/*',
  'sqs:ChangeMessageVisibility RequestsQueue.Arn',
  'sqs:DeleteMessage RequestsQueue.Arn',
  'sqs:GetQueueAttributes RequestsQueue.Arn',
  'sqs:GetQueueAttributes ResultsQueue.Arn',
  'sqs:GetQueueUrl DeadLetterQueue.Arn',
  'sqs:GetQueueUrl RequestsQueue.Arn',
  'sqs:ReceiveMessage RequestsQueue.Arn',
  'sqs:SendMessage DeadLetterQueue.Arn',
  'sqs:SendMessage ResultsQueue.Arn',
];
const refresh = 'lambda:InvokeFunction TokenDashrefreshLambdaFunction.Arn';

const eventSource = {
  EventSourceArn: { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] },
  FunctionName: { 'Fn::GetAtt': ['QueueDashworkerLambdaFunction', 'Arn'] },
  Enabled: true,
  BatchSize: 10,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  ScalingConfig: { MaximumConcurrency: 2 },
};

let template: Template;
let openaiTemplate: Template;
let changedTemplate: Template;

beforeAll(async () => {
  ({ template, openaiTemplate, changedTemplate } = await packageTemplates({
    template: {},
    openaiTemplate: { upstream: 'openai', qianfanAuth: 'none', openaiKey: 'secret' },
    changedTemplate: {
      qianfanAuth: 'iam',
      openaiKey: 'bearer',
      queueType: 'fifo',
      queueMaxReceives: '3',
      queueMaximumConcurrency: '7',
      queueRequestsPerMinute: '90',
    },
  }));
}, 60_000);

describe('the queue worker', () => {
  it('runs for at most two minutes', () => {
    expect(lambdaFunctionOf(template, 'queue-worker')).toMatchObject({ Timeout: 120, MemorySize: 512 });
  });

  it('is called with ten requests at most, by two at a time, and reports those that failed', () => {
    expect(Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'))).toEqual([eventSource]);
  });

  it('can find and read neither the clients nor, with an access_token, the long-lived keys', () => {
    expect(rightsOf(template, 'queue-worker')).toEqual(
      [...others, refresh, 'secretsmanager:GetSecretValue TokenSecret'].toSorted(),
    );
    expect(JSON.stringify(variablesOf(template, 'queue-worker'))).not.toMatch(/credentials|clients/i);
  });

  it('reads what it needs to sign requests, and the bearer token, where they are to be used', () => {
    expect(rightsOf(changedTemplate, 'queue-worker')).toEqual(
      [
        ...others,
        refresh,
        'secretsmanager:GetSecretValue BearerSecret',
        'secretsmanager:GetSecretValue CredentialsSecret',
      ].toSorted(),
    );
  });

  it('reads the key of an OpenAI-compatible upstream where it is to be used', () => {
    const readsKey = 'secretsmanager:GetSecretValue OpenaiKeySecret';
    expect(rightsOf(openaiTemplate, 'queue-worker')).toEqual([...others, readsKey].toSorted());
    expect(variablesOf(openaiTemplate, 'queue-worker')).toMatchObject({
      UPSTREAM: 'openai',
      OPENAI_KEY_SECRET_ID: { Ref: 'OpenaiKeySecret' },
    });
  });

  it('is told of the upstream what the completion function is told, without retries, and of the queue', () => {
    expect(variablesOf(template, 'queue-worker')).toEqual({
      ...upstreamVariables,
      RESULTS_QUEUE_URL: { Ref: 'ResultsQueue' },
      RESULTS_BUCKET: { Ref: 'ResultsBucket' },
      STATE_TABLE: { Ref: 'StateTable' },
      QUEUE_REQUESTS_PER_MINUTE: '60',
      QUEUE_MAXIMUM_CONCURRENCY: '2',
    });
  });
});

describe('the parameters of the queue', () => {
  it('set the tries of a request', () => {
    const { RedrivePolicy } = resourceOf<RequestsQueue>(changedTemplate, 'AWS::SQS::Queue', 'RequestsQueue').Properties;
    expect(Number(RedrivePolicy.maxReceiveCount)).toBe(3);
  });

  it('set the pace, which the worker is told as the event source is', () => {
    expect(Object.values(resourcesOf(changedTemplate, 'AWS::Lambda::EventSourceMapping'))).toEqual([
      { ...eventSource, ScalingConfig: { MaximumConcurrency: 7 } },
    ]);
    expect(variablesOf(changedTemplate, 'queue-worker')).toEqual({
      ...variablesOf(template, 'queue-worker'),
      QIANFAN_AUTH: 'iam',
      TOKEN_SECRET_ID: '',
      CREDENTIALS_SECRET_ID: { Ref: 'CredentialsSecret' },
      BEARER_SECRET_ID: { Ref: 'BearerSecret' },
      QUEUE_REQUESTS_PER_MINUTE: '90',
      QUEUE_MAXIMUM_CONCURRENCY: '7',
    });
  });
});
