// What the completion function and the token-refresh function may do and are told, for each way of authentication.
import { packageTemplates } from './package-service.ts';
import { lambdaFunctionOf, resourceOf, resourcesOf, rightsOf, variablesOf } from './read-template.ts';
import type { Template } from './read-template.ts';
import { upstreamVariables } from './upstream-variables.ts';

let template: Template;
let iamTemplate: Template;
let openaiTemplate: Template;
let bearerTemplate: Template;

beforeAll(async () => {
  ({ template, iamTemplate, openaiTemplate, bearerTemplate } = await packageTemplates({
    template: {},
    iamTemplate: { qianfanAuth: 'iam' },
    openaiTemplate: { upstream: 'openai', qianfanAuth: 'none', openaiKey: 'secret' },
    bearerTemplate: {
      upstream: 'openai',
      qianfanAuth: 'none',
      openaiKey: 'bearer',
      refreshConcurrency: 'shared',
      completionConcurrency: '20',
      iamBaseUrl: 'https://iam.gz.baidubce.com',
    },
  }));
}, 60_000);

describe('the completion function', () => {
  /** But for what it proves itself to the upstream with. */
  const others = [
    'dynamodb:DeleteItem StateTable.Arn',
    'dynamodb:GetItem StateTable.Arn',
    'dynamodb:PutItem StateTable.Arn',
    'dynamodb:UpdateItem StateTable.Arn',
    'logs:CreateLogStream CompletionLogGroup.Arn',
    'logs:PutLogEvents CompletionLogGroup.Arn',
    'secretsmanager:GetSecretValue ClientsSecret',
  ];
  const refresh = 'lambda:InvokeFunction TokenDashrefreshLambdaFunction.Arn';
  /** What it is told where there is no token. */
  const noToken = { TOKEN_SECRET_ID: '', TOKEN_REFRESH_FUNCTION: '' };

  it('can neither find nor read the long-lived keys with an access_token, and can touch neither queue nor bucket', () => {
    expect(rightsOf(template, 'completion')).toEqual(
      [...others, refresh, 'secretsmanager:GetSecretValue TokenSecret'].toSorted(),
    );
    expect(JSON.stringify(variablesOf(template, 'completion'))).not.toMatch(/credentials/i);
  });

  it('reads the long-lived keys instead of a token when it signs requests', () => {
    expect(rightsOf(iamTemplate, 'completion')).toEqual(
      [...others, 'secretsmanager:GetSecretValue CredentialsSecret'].toSorted(),
    );
    expect(variablesOf(iamTemplate, 'completion')).toEqual({
      ...variablesOf(template, 'completion'),
      ...noToken,
      QIANFAN_AUTH: 'iam',
      CREDENTIALS_SECRET_ID: { Ref: 'CredentialsSecret' },
    });
  });

  it('reads of an OpenAI-compatible upstream its key, and neither the long-lived keys nor a token of V1', () => {
    expect(rightsOf(openaiTemplate, 'completion')).toEqual(
      [...others, 'secretsmanager:GetSecretValue OpenaiKeySecret'].toSorted(),
    );
    expect(variablesOf(openaiTemplate, 'completion')).toEqual({
      ...variablesOf(template, 'completion'),
      ...noToken,
      UPSTREAM: 'openai',
      QIANFAN_AUTH: 'none',
      OPENAI_KEY_SECRET_ID: { Ref: 'OpenaiKeySecret' },
    });
  });

  it('reads a bearer token without the long-lived keys that it is obtained with', () => {
    expect(rightsOf(bearerTemplate, 'completion')).toEqual(
      [...others, refresh, 'secretsmanager:GetSecretValue BearerSecret'].toSorted(),
    );
    expect(variablesOf(bearerTemplate, 'completion')).toEqual({
      ...variablesOf(template, 'completion'),
      UPSTREAM: 'openai',
      QIANFAN_AUTH: 'none',
      TOKEN_SECRET_ID: '',
      BEARER_SECRET_ID: { Ref: 'BearerSecret' },
    });
  });

  it('is told where the upstream, its secrets and the refresh are, and nothing of the queue', () => {
    expect(variablesOf(template, 'completion')).toEqual({
      ...upstreamVariables,
      CLIENTS_SECRET_ID: { Ref: 'ClientsSecret' },
      ALLOWED_ORIGINS: '',
      ANONYMOUS_CLIENT: '',
      OIDC_ISSUER: '',
      OIDC_AUDIENCE: '',
      OIDC_MODELS: '',
      STATE_TABLE: { Ref: 'StateTable' },
      CLIENT_REQUESTS_PER_MINUTE: '',
      CLIENT_TOKENS_PER_DAY: '',
      QIANFAN_LLM_API_RETRY_COUNT: '1',
      UPSTREAM_CIRCUIT_FAILURES: '5',
      REQUEST_TIMEOUT: '',
      QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: '0',
      STREAM_RESCUE: '',
    });
  });
});

describe('the concurrency', () => {
  it('is reserved for one refresh of the token, and limited for nothing else', () => {
    expect(lambdaFunctionOf(template, 'token-refresh').ReservedConcurrentExecutions).toBe(1);
    expect(lambdaFunctionOf(template, 'completion').ReservedConcurrentExecutions).toBeUndefined();
    expect(lambdaFunctionOf(template, 'queue-worker').ReservedConcurrentExecutions).toBeUndefined();
  });

  it('is not reserved in an account that cannot, and limited for completions on request', () => {
    expect(lambdaFunctionOf(bearerTemplate, 'token-refresh').ReservedConcurrentExecutions).toBeUndefined();
    expect(lambdaFunctionOf(bearerTemplate, 'completion').ReservedConcurrentExecutions).toBe(20);
  });
});

describe('the token-refresh function', () => {
  it('runs daily', () => {
    const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
    expect(rules).toEqual([expect.objectContaining({ ScheduleExpression: 'rate(1 day)', State: 'ENABLED' })]);
  });

  it('is tried three times by the schedule, after which the failure is kept for two weeks', () => {
    expect(Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig'))).toEqual([
      {
        FunctionName: { Ref: 'TokenDashrefreshLambdaFunction' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailedRefreshesQueue', 'Arn'] } } },
      },
    ]);
    expect(resourceOf(template, 'AWS::SQS::Queue', 'FailedRefreshesQueue').Properties).toEqual({
      QueueName: 'qianfan-serverless-dev-failed-refreshes',
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
  });

  it('has no schedule at work when requests are signed or carry a key', () => {
    for (const from of [iamTemplate, openaiTemplate]) {
      const rules = Object.values(resourcesOf(from, 'AWS::Events::Rule'));
      expect(rules).toEqual([expect.objectContaining({ State: 'DISABLED' })]);
    }
  });

  it('reads the keys, reads and writes the token, and keeps what it gave up', () => {
    expect(rightsOf(template, 'token-refresh')).toEqual([
      'logs:CreateLogStream TokenDashrefreshLogGroup.Arn',
      'logs:PutLogEvents TokenDashrefreshLogGroup.Arn',
      'secretsmanager:GetSecretValue CredentialsSecret',
      'secretsmanager:GetSecretValue TokenSecret',
      'secretsmanager:PutSecretValue TokenSecret',
      'sqs:SendMessage FailedRefreshesQueue.Arn',
    ]);
    expect(variablesOf(template, 'token-refresh')).toEqual({
      SERVICE_NAME: 'qianfan-serverless-dev',
      LOG_LEVEL: 'info',
      QIANFAN_BASE_URL: 'https://aip.baidubce.com',
      QIANFAN_IAM_BASE_URL: 'https://iam.bj.baidubce.com',
      TOKEN_SECRET_ID: { Ref: 'TokenSecret' },
      BEARER_SECRET_ID: '',
      CREDENTIALS_SECRET_ID: { Ref: 'CredentialsSecret' },
    });
  });

  it('refreshes nothing but the bearer token where V2 alone is called with one', () => {
    expect(variablesOf(bearerTemplate, 'token-refresh')).toMatchObject({
      QIANFAN_IAM_BASE_URL: 'https://iam.gz.baidubce.com',
      TOKEN_SECRET_ID: '',
      BEARER_SECRET_ID: { Ref: 'BearerSecret' },
    });
    const rules = Object.values(resourcesOf(bearerTemplate, 'AWS::Events::Rule'));
    expect(rules).toEqual([expect.objectContaining({ State: 'ENABLED' })]);
  });
});
