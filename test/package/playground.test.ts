// playground=on: a function of its own that can do nothing but write its log, and where it is reached.
import { packageTemplates } from './package-service.ts';
import { lambdaFunctionOf, resourcesOf, rightsOf, variablesOf } from './read-template.ts';
import type { Template } from './read-template.ts';

interface Method {
  readonly HttpMethod: string;
  readonly ApiKeyRequired: boolean;
  readonly ResourceId: { readonly Ref?: string };
}

let off: Template;
let rest: Template;
let url: Template;

beforeAll(async () => {
  ({ off, rest, url } = await packageTemplates({
    off: {},
    rest: { playground: 'on', apiKey: 'required' },
    url: { playground: 'on', frontDoor: 'url' },
  }));
}, 60_000);

const namesOf = ({ Resources }: Template): readonly string[] => Object.keys(Resources);

it('is off by default, and then nothing of it is there', () => {
  expect(namesOf(off).filter((name) => /playground/i.test(name))).toEqual([]);
  expect(Object.keys(off.Outputs)).not.toContain('PlaygroundUrl');
});

it.each(['rest', 'url'] as const)('may write its log, and nothing else: %s', (frontDoor) => {
  expect(rightsOf({ rest, url }[frontDoor], 'playground')).toEqual([
    'logs:CreateLogStream PlaygroundLogGroup.Arn',
    'logs:PutLogEvents PlaygroundLogGroup.Arn',
  ]);
});

it('leaves the completion function as it is', () => {
  const { Code: _code, ...before } = lambdaFunctionOf(off, 'completion');
  const { Code: _other, ...after } = lambdaFunctionOf(rest, 'completion');
  expect(after).toEqual(before);
});

it('knows no secret, and none of the upstreams', () => {
  const shared = ['LOG_LEVEL', 'SERVICE_NAME'];
  expect(Object.keys(variablesOf(rest, 'playground')).toSorted()).toEqual(shared);
  expect(Object.keys(variablesOf(url, 'playground')).toSorted()).toEqual(
    [...shared, 'PLAYGROUND_GATEWAY_URL'].toSorted(),
  );
});

it('is two routes of the REST API, which a browser can open without an API key', () => {
  const parts = resourcesOf<{ readonly PathPart: string }>(rest, 'AWS::ApiGateway::Resource');
  const methods = Object.values(resourcesOf<Method>(rest, 'AWS::ApiGateway::Method'));
  const gets = methods.filter(({ HttpMethod }) => HttpMethod === 'GET');
  expect(gets.map(({ ResourceId }) => parts[ResourceId.Ref ?? '']?.PathPart)).toEqual(['playground', '{proxy+}']);
  expect(gets.map(({ ApiKeyRequired }) => ApiKeyRequired)).toEqual([false, false]);
  expect(methods.filter(({ HttpMethod }) => HttpMethod === 'ANY')).toHaveLength(2);
  expect(JSON.stringify(rest.Outputs['PlaygroundUrl'])).toContain('/${ApiStage}/playground');
});

it('has a URL of its own beside the function URL, and is told where the gateway is', () => {
  expect(Object.keys(resourcesOf(url, 'AWS::Lambda::Url')).toSorted()).toEqual([
    'CompletionLambdaFunctionUrl',
    'PlaygroundLambdaFunctionUrl',
  ]);
  expect(variablesOf(url, 'playground')).toMatchObject({
    PLAYGROUND_GATEWAY_URL: { 'Fn::GetAtt': ['CompletionLambdaFunctionUrl', 'FunctionUrl'] },
  });
  expect(JSON.stringify(url.Outputs['PlaygroundUrl'])).toMatch(/allowedOrigins.*PlaygroundLambdaFunctionUrl/);
});
