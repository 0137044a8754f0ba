// What clients call: a REST API with a stage, limits and API keys, or a function URL.
import { packageTemplates } from './package-service.ts';
import { lambdaFunctionOf, resourceOf, resourcesOf } from './read-template.ts';
import type { Template } from './read-template.ts';

interface Method {
  readonly HttpMethod: string;
  readonly AuthorizationType: string;
  readonly ApiKeyRequired: boolean;
  readonly Integration: {
    readonly Type: string;
    readonly ResponseTransferMode: string;
    readonly TimeoutInMillis: number;
    readonly Uri: { readonly 'Fn::Join': readonly [separator: string, parts: readonly unknown[]] };
  };
}

let template: Template;
let prodTemplate: Template;
let keyTemplate: Template;
let urlTemplate: Template;

beforeAll(async () => {
  ({ template, prodTemplate, keyTemplate, urlTemplate } = await packageTemplates({
    template: {},
    prodTemplate: { stage: 'prod' },
    keyTemplate: { apiKey: 'required', apiRequestsPerSecond: '3', apiBurst: '6', apiRequestsPerDay: '900' },
    urlTemplate: { frontDoor: 'url' },
  }));
}, 60_000);

function methodsOf(from: Template): readonly Method[] {
  return Object.values(resourcesOf<Method>(from, 'AWS::ApiGateway::Method'));
}

function typesOf(from: Template): ReadonlySet<string> {
  return new Set(Object.values(from.Resources).map(({ Type }) => Type));
}

describe('the REST API', () => {
  it('is regional, so that it is not cut after 30 silent seconds', () => {
    expect(Object.values(resourcesOf(template, 'AWS::ApiGateway::RestApi'))).toEqual([
      expect.objectContaining({
        Name: 'qianfan-serverless-dev',
        EndpointConfiguration: { Types: ['REGIONAL'] },
      }),
    ]);
  });

  it('answers at the root and at every path below it', () => {
    const resources = Object.values(resourcesOf<{ readonly PathPart: string }>(template, 'AWS::ApiGateway::Resource'));
    expect(resources.map(({ PathPart }) => PathPart)).toEqual(['{proxy+}']);
    expect(methodsOf(template).map(({ HttpMethod }) => HttpMethod)).toEqual(['ANY', 'ANY']);
  });

  it('streams every answer for as long as the function may run', () => {
    for (const { Integration } of methodsOf(template)) {
      expect(Integration.Type).toBe('AWS_PROXY');
      expect(Integration.ResponseTransferMode).toBe('STREAM');
      expect(Integration.Uri['Fn::Join'][1].at(-1)).toBe('/response-streaming-invocations');
      expect(Integration.TimeoutInMillis).toBe(lambdaFunctionOf(template, 'completion').Timeout * 1_000);
    }
  });

  it('leaves it to the gateway who may call', () => {
    for (const { AuthorizationType, ApiKeyRequired } of methodsOf(template)) {
      expect({ AuthorizationType, ApiKeyRequired }).toEqual({ AuthorizationType: 'NONE', ApiKeyRequired: false });
    }
    expect(typesOf(template)).not.toContain('AWS::ApiGateway::ApiKey');
  });

  it('has one stage, which follows each new deployment and limits all callers together', () => {
    const deployments = resourcesOf<Readonly<Record<string, unknown>>>(template, 'AWS::ApiGateway::Deployment');
    expect(Object.values(deployments)).toEqual([{ RestApiId: { Ref: 'ApiGatewayRestApi' } }]);
    // Named after what it is a picture of, and not by the time.
    expect(Object.keys(deployments)).toEqual([expect.stringMatching(/^ApiGatewayDeployment[0-9a-f]{16}$/)]);
    expect(resourcesOf(template, 'AWS::ApiGateway::Stage')).toEqual({
      ApiStage: {
        RestApiId: { Ref: 'ApiGatewayRestApi' },
        DeploymentId: { Ref: Object.keys(deployments)[0] },
        StageName: 'dev',
        MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 }],
      },
    });
    expect(resourceOf(prodTemplate, 'AWS::ApiGateway::Stage', 'ApiStage').Properties).toMatchObject({
      StageName: 'prod',
      MethodSettings: [{ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }],
    });
  });

  it('has a usage plan with limits and a quota for each API key', () => {
    expect(Object.values(resourcesOf(prodTemplate, 'AWS::ApiGateway::UsagePlan'))).toEqual([
      {
        UsagePlanName: 'qianfan-serverless-prod',
        Description: expect.any(String),
        ApiStages: [{ ApiId: { Ref: 'ApiGatewayRestApi' }, Stage: { Ref: 'ApiStage' } }],
        Throttle: { RateLimit: 100, BurstLimit: 200 },
        Quota: { Limit: 1_000_000, Period: 'DAY' },
      },
    ]);
  });

  it('asks for an API key where it is required, and makes the first', () => {
    expect(methodsOf(keyTemplate).map(({ ApiKeyRequired }) => ApiKeyRequired)).toEqual([true, true]);
    expect(resourcesOf(keyTemplate, 'AWS::ApiGateway::ApiKey')).toEqual({
      ApiKey: { Enabled: true, Description: expect.any(String) },
    });
    expect(Object.values(resourcesOf(keyTemplate, 'AWS::ApiGateway::UsagePlanKey'))).toEqual([
      { KeyId: { Ref: 'ApiKey' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'UsagePlan' } },
    ]);
    expect(keyTemplate.Outputs).toMatchObject({ ApiKeyId: { Value: { Ref: 'ApiKey' } } });
  });

  it('takes its limits from the parameters', () => {
    const stage = resourceOf(keyTemplate, 'AWS::ApiGateway::Stage', 'ApiStage').Properties;
    expect(JSON.stringify(stage)).toMatch(/"ThrottlingRateLimit":"?3"?,"ThrottlingBurstLimit":"?6"?\D/);
    const plan = resourceOf(keyTemplate, 'AWS::ApiGateway::UsagePlan', 'UsagePlan').Properties;
    expect(JSON.stringify(plan)).toMatch(/"RateLimit":"?3"?,"BurstLimit":"?6"?\D.*"Limit":"?900"?\D/);
  });

  it('says where it is, and what a web ACL is associated with', () => {
    expect(template.Outputs).toMatchObject({
      EndpointUrl: {
        Value: { 'Fn::Sub': 'https://${ApiGatewayRestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${ApiStage}' },
      },
      RestApiId: { Value: { Ref: 'ApiGatewayRestApi' } },
      StageArn: {
        Value: {
          'Fn::Sub':
            'arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${ApiGatewayRestApi}/stages/${ApiStage}',
        },
      },
      UsagePlanId: { Value: { Ref: 'UsagePlan' } },
    });
  });
});

describe('the function URL', () => {
  it('streams, and leaves it to the gateway who may call', () => {
    expect(Object.values(resourcesOf(urlTemplate, 'AWS::Lambda::Url'))).toEqual([
      {
        AuthType: 'NONE',
        InvokeMode: 'RESPONSE_STREAM',
        TargetFunctionArn: { 'Fn::GetAtt': ['CompletionLambdaFunction', 'Arn'] },
      },
    ]);
  });

  it('gives everybody the two rights that a public URL needs, and no other way to the functions', () => {
    const permissions = Object.values(
      resourcesOf<{ readonly Principal: string; readonly FunctionName: unknown }>(
        urlTemplate,
        'AWS::Lambda::Permission',
      ),
    );
    const ofCompletion = { 'Fn::GetAtt': ['CompletionLambdaFunction', 'Arn'] };
    const byPrincipal = Map.groupBy(permissions, ({ Principal }) => Principal);
    expect(new Set(byPrincipal.keys())).toEqual(new Set(['*', 'events.amazonaws.com']));
    expect(byPrincipal.get('*')).toEqual([
      { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionName: ofCompletion, FunctionUrlAuthType: 'NONE' },
      { Action: 'lambda:InvokeFunction', Principal: '*', FunctionName: ofCompletion, InvokedViaFunctionUrl: true },
    ]);
  });

  it('takes the place of the REST API', () => {
    expect([...typesOf(urlTemplate)].filter((type) => type.startsWith('AWS::ApiGateway::'))).toEqual([]);
    expect(typesOf(template)).not.toContain('AWS::Lambda::Url');
    expect(Object.keys(urlTemplate.Outputs)).not.toContain('StageArn');
  });

  it('says where it is by the same output', () => {
    expect(urlTemplate.Outputs).toMatchObject({
      EndpointUrl: { Value: { 'Fn::GetAtt': ['CompletionLambdaFunctionUrl', 'FunctionUrl'] } },
    });
  });
});
