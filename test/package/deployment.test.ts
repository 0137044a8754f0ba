// What is deployed whatever the function: the runtime, who may assume a role, logs, tags, stages, and what is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageTemplates, packageVariants, readFunctionNames } from './package-service.ts';
import { lambdaFunctionOf, resourcesOf, variablesOf } from './read-template.ts';
import type { LambdaFunction, Role, Template } from './read-template.ts';

interface State {
  readonly service: { readonly provider: Readonly<Record<string, unknown>> };
}

const functionNames = readFunctionNames();

let template: Template;
let state: State;
let prodTemplate: Template;
let otherTemplate: Template;

beforeAll(async () => {
  const services = await packageVariants({
    dev: {},
    prod: { stage: 'prod' },
    other: { stage: 'qa', logRetentionInDays: '180', logLevel: 'warn' },
  });
  template = services.dev.template;
  prodTemplate = services.prod.template;
  otherTemplate = services.other.template;
  state = JSON.parse(readFileSync(join(services.dev.directory, 'serverless-state.json'), 'utf8')) as State;
}, 60_000);

function retentionsOf(from: Template): readonly number[] {
  const groups = resourcesOf<{ readonly RetentionInDays: number }>(from, 'AWS::Logs::LogGroup');
  return Object.values(groups).map(({ RetentionInDays }) => RetentionInDays);
}

describe('the deployment', () => {
  it('has one Lambda function for each file in functions/', () => {
    const functions = Object.values(resourcesOf<LambdaFunction>(template, 'AWS::Lambda::Function'));
    const handlers = functions.map(({ Handler }) => Handler);
    expect(handlers.toSorted()).toEqual(functionNames.map((name) => `dist/${name}/index.handler`).toSorted());
  });

  it('runs every function on Node.js 24 and arm64', () => {
    for (const { Runtime, Architectures } of functionNames.map((name) => lambdaFunctionOf(template, name))) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });

  it('has a role for each function, which Lambda alone can assume', () => {
    const functions = Object.values(resourcesOf<LambdaFunction>(template, 'AWS::Lambda::Function'));
    const roles = resourcesOf<Role>(template, 'AWS::IAM::Role');
    expect(functions.map(({ Role }) => Role['Fn::GetAtt'][0]).toSorted()).toEqual(Object.keys(roles).toSorted());
    for (const { AssumeRolePolicyDocument } of Object.values(roles)) {
      expect(AssumeRolePolicyDocument).toEqual({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      });
    }
  });

  it('creates the secrets without a value that could be used, encrypted with the key that AWS keeps for them', () => {
    const common = { Description: expect.any(String), KmsKeyId: 'alias/aws/secretsmanager' };
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')).toEqual({
      CredentialsSecret: { ...common, Name: 'qianfan-serverless/dev/credentials' },
      TokenSecret: { ...common, Name: 'qianfan-serverless/dev/token' },
      BearerSecret: { ...common, Name: 'qianfan-serverless/dev/bearer' },
      OpenaiKeySecret: { ...common, Name: 'qianfan-serverless/dev/openai-key' },
      ClientsSecret: { ...common, Name: 'qianfan-serverless/dev/clients', SecretString: '[]' },
    });
  });

  it('tags the functions, the API and all else of the stack with service and stage', () => {
    const tags = { service: 'qianfan-serverless', stage: 'dev' };
    expect(state.service.provider).toMatchObject({ tags, stackTags: tags });
    const tagged = [
      ...Object.values(resourcesOf<{ readonly Tags: unknown }>(template, 'AWS::Lambda::Function')),
      ...Object.values(resourcesOf<{ readonly Tags: unknown }>(template, 'AWS::ApiGateway::RestApi')),
    ];
    expect(tagged).toHaveLength(functionNames.length + 1);
    for (const { Tags } of tagged) {
      expect(Tags).toEqual(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
    }
  });
});

describe('the stages', () => {
  it('keep their logs for a week in dev, for three months in prod, else as long as is asked for', () => {
    expect(retentionsOf(template)).toEqual(functionNames.map(() => 7));
    expect(retentionsOf(prodTemplate)).toEqual(functionNames.map(() => 90));
    expect(retentionsOf(otherTemplate)).toEqual(functionNames.map(() => 180));
  });

  it('log what is asked for, and count under their own names', () => {
    for (const name of functionNames) {
      expect(variablesOf(template, name)).toMatchObject({ LOG_LEVEL: 'info', SERVICE_NAME: 'qianfan-serverless-dev' });
      expect(variablesOf(prodTemplate, name)).toMatchObject({
        LOG_LEVEL: 'info',
        SERVICE_NAME: 'qianfan-serverless-prod',
      });
      expect(variablesOf(otherTemplate, name)).toMatchObject({
        LOG_LEVEL: 'warn',
        SERVICE_NAME: 'qianfan-serverless-qa',
      });
    }
  });

  it('share no name of a resource, so that they can live in one account', () => {
    const namesOf = (from: Template): readonly string[] =>
      Object.values(from.Resources).flatMap(({ Properties }) =>
        Object.entries(Properties as Readonly<Record<string, unknown>>).flatMap(([key, value]) =>
          key.endsWith('Name') && key !== 'MetricName' && typeof value === 'string' ? [value] : [],
        ),
      );
    const names = new Set(namesOf(template));
    expect(names.size).toBeGreaterThan(20);
    expect(namesOf(prodTemplate).filter((name) => names.has(name))).toEqual([]);
  });

  it('are protected from removal where they are prod', () => {
    expect(state.service.provider['deletionProtection']).toEqual({ stages: ['prod'] });
  });
});

describe('packaging', () => {
  it.each([
    {
      parameters: {
        qianfanAuth: 'oauth',
        openaiKey: 'key',
        queueType: 'FIFO',
        frontDoor: 'http',
        playground: 'yes',
        apiKey: 'on',
        refreshConcurrency: '1',
      },
      // All at once.
      faults: [
        /qianfanAuth must be access_token, iam or none, not "oauth"/,
        /openaiKey must be none, secret or bearer, not "key"/,
        /queueType must be standard or fifo, not "FIFO"/,
        /frontDoor must be rest or url, not "http"/,
        /playground must be off or on, not "yes"/,
        /apiKey must be none or required, not "on"/,
        /refreshConcurrency must be reserved or shared, not "1"/,
      ],
    },
    {
      parameters: { frontDoor: 'url', apiKey: 'required' },
      faults: [/apiKey=required needs frontDoor=rest: a function URL knows no API keys/],
    },
    { parameters: { queueMaximumConcurrency: '1' }, faults: [/maximumConcurrency': must be >= 2/] },
    {
      parameters: { queueMaximumConcurrency: 'two', completionConcurrency: 'many', logRetentionInDays: '8' },
      faults: [/maximumConcurrency': must be integer/, /completion\.reservedConcurrency': /, /logRetentionInDays/],
    },
  ])('refuses $parameters', async ({ parameters, faults }) => {
    const refusal: unknown = await packageTemplates({ refused: parameters }).then(
      () => undefined,
      (error: unknown) => error,
    );
    for (const fault of faults) expect(String(refusal)).toMatch(fault);
  });
});
