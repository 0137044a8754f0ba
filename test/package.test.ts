// Packages a copy of the project the way a deployment does, and reads what would be sent to AWS.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildFunctions } from '../scripts/build.ts';
import type { BuiltFunction } from '../scripts/build.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>;
}

interface LambdaFunction {
  readonly Handler: string;
  readonly Runtime: string;
  readonly Architectures: readonly string[];
  readonly Timeout: number;
  readonly Code: { readonly S3Key: string };
  readonly Role: { readonly 'Fn::GetAtt': readonly [id: string, attribute: string] };
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
  readonly ReservedConcurrentExecutions?: number;
}

interface Role {
  readonly ManagedPolicyArns?: readonly unknown[];
  readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Reference | readonly Reference[];
}

type Reference = { readonly Ref: string } | { readonly 'Fn::GetAtt': readonly string[] } | string;

interface Method {
  readonly HttpMethod: string;
  readonly Integration: {
    readonly ResponseTransferMode: string;
    readonly TimeoutInMillis: number;
    readonly Uri: { readonly 'Fn::Join': readonly [separator: string, parts: readonly unknown[]] };
  };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const functionNames = readdirSync(join(root, 'functions'))
  .filter((fileName) => fileName.endsWith('.ts'))
  .map((fileName) => basename(fileName, '.ts'));

/** Ends a process that reaches for the network, even if the attempt would have been forgiven. */
const offline =
  'data:text/javascript,import net from "node:net"; net.Socket.prototype.connect = () => process.exit(97);';

let project: string;
let template: Template;
let iamTemplate: Template;
let openaiTemplate: Template;
let bearerTemplate: Template;
let builtFunctions: readonly BuiltFunction[];

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'qianfan-serverless-package-'));
  for (const name of ['serverless.yml', 'package.json', 'tsconfig.json', 'functions', 'lib', 'scripts']) {
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction');
  mkdirSync(join(project, 'home'));
  template = await packageService('package');
  iamTemplate = await packageService('package-iam', '--param=qianfanAuth=iam');
  openaiTemplate = await packageService('package-openai', '--param=upstream=openai', '--param=openaiKey=secret');
  const bearer = ['--param=upstream=openai', '--param=qianfanAuth=iam', '--param=openaiKey=bearer'];
  bearerTemplate = await packageService('package-bearer', ...bearer);
  builtFunctions = await buildFunctions(project);
}, 120_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Packages without an AWS account, AWS settings or a network, and returns the template that would be deployed. */
async function packageService(directory: string, ...parameters: readonly string[]): Promise<Template> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const serverless = join('node_modules', 'serverless', 'bin', 'serverless.js');
  await promisify(execFile)(
    process.execPath,
    ['--import', offline, serverless, 'package', '--package', directory, ...parameters],
    { cwd: project, env: { ...environment, HOME: join(project, 'home') } },
  );
  const path = join(project, directory, 'cloudformation-template-update-stack.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Template;
}

/** Returns the properties of all resources of a type, by logical id. */
function resourcesOf<Properties>(type: string, { Resources } = template): Readonly<Record<string, Properties>> {
  return Object.fromEntries(
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties as Properties]),
  );
}

function lambdaFunction(name: string, from = template): LambdaFunction {
  const found = Object.values(resourcesOf<LambdaFunction>('AWS::Lambda::Function', from)).find(
    ({ Handler }) => Handler === `dist/${name}/index.handler`,
  );
  if (found === undefined) throw new Error(`The template has no function ${name}`);
  return found;
}

/** Returns what a function may do, each as "action resource"; a resource of the template by its logical id. */
function rightsOf(name: string, from = template): readonly string[] {
  const roleId = lambdaFunction(name, from).Role['Fn::GetAtt'][0];
  const role = resourcesOf<Role>('AWS::IAM::Role', from)[roleId];
  if (role === undefined) throw new Error(`The template has no role ${roleId}`);
  expect(role.ManagedPolicyArns ?? []).toEqual([]);
  return role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ Effect, action, resource }))),
    )
    .map(({ Effect, action, resource }) => {
      const id = typeof resource === 'string' ? resource : 'Ref' in resource ? resource.Ref : resource['Fn::GetAtt'][0];
      return `${Effect === 'Allow' ? '' : `${Effect} `}${action} ${id}`;
    })
    .toSorted();
}

/** Lists a zip archive by its central directory. */
function listZip(path: string): readonly string[] {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const names: string[] = [];
  let offset = zip.readUInt32LE(end + 16);
  for (let remaining = zip.readUInt16LE(end + 10); remaining > 0; remaining -= 1) {
    const nameLength = zip.readUInt16LE(offset + 28);
    names.push(zip.toString('utf8', offset + 46, offset + 46 + nameLength));
    offset += 46 + nameLength + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
  }
  return names;
}

function builtFunction(name: string): BuiltFunction {
  const found = builtFunctions.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`functions/${name}.ts was not built`);
  return found;
}

/** Returns the sources that are part of some chunks of a bundle, or of all. */
function sourcesIn(
  { metafile }: BuiltFunction,
  chunks: readonly string[] = Object.keys(metafile.outputs),
): readonly string[] {
  return chunks.flatMap((chunk) =>
    Object.entries(metafile.outputs[chunk]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([source]) => source),
  );
}

/** Returns the chunks that are evaluated when the function is loaded. */
function chunksLoadedFirst({ name, metafile }: BuiltFunction): readonly string[] {
  const chunks = new Set<string>([`dist/${name}/index.mjs`]);
  for (const chunk of chunks) {
    const imports = metafile.outputs[chunk]?.imports ?? [];
    for (const { path, kind, external } of imports) {
      if (kind === 'import-statement' && external !== true) chunks.add(path);
    }
  }
  return [...chunks];
}

describe('the bundles', () => {
  it('have an entry that exports the handler', () => {
    expect(builtFunctions.map(({ name }) => name)).toEqual(functionNames.toSorted());
    for (const { name, metafile } of builtFunctions) {
      expect(metafile.outputs[`dist/${name}/index.mjs`]?.exports).toContain('handler');
    }
  });

  it('are packaged whole, one archive for each function, and nothing with them', () => {
    for (const { name, metafile } of builtFunctions) {
      const archive = join(project, 'package', basename(lambdaFunction(name).Code.S3Key));
      expect(listZip(archive).toSorted()).toEqual(Object.keys(metafile.outputs).toSorted());
    }
  });

  it('of completion is at most 700 KB', () => {
    expect(builtFunction('completion').totalBytes).toBeLessThanOrEqual(700_000);
  });

  it('of completion holds the AWS SDK and evaluates none of it before it is needed', () => {
    const isSdk = (source: string): boolean => /node_modules\/@(?:aws-sdk|smithy)\//.test(source);
    const completion = builtFunction('completion');
    expect(sourcesIn(completion).filter(isSdk)).not.toEqual([]);
    expect(sourcesIn(completion, chunksLoadedFirst(completion)).filter(isSdk)).toEqual([]);
  });

  it('hold none of the languages of zod but English', () => {
    const sources = builtFunctions.flatMap((built) => sourcesIn(built));
    expect(sources.filter((source) => /zod\/v4\/locales\/(?!en\.)/.test(source))).toEqual([]);
  });
});

describe('the deployment', () => {
  it('has one Lambda function for each file in functions/', () => {
    const handlers = Object.values(resourcesOf<LambdaFunction>('AWS::Lambda::Function')).map(({ Handler }) => Handler);
    expect(handlers.toSorted()).toEqual(functionNames.map((name) => `dist/${name}/index.handler`).toSorted());
  });

  it('runs every function on Node.js 24 and arm64', () => {
    for (const { Runtime, Architectures } of functionNames.map((name) => lambdaFunction(name))) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });

  it('streams every answer of the API for as long as the function may run', () => {
    const methods = Object.values(resourcesOf<Method>('AWS::ApiGateway::Method'));
    expect(methods).toHaveLength(2);
    for (const { HttpMethod, Integration } of methods) {
      expect(HttpMethod).toBe('ANY');
      expect(Integration.ResponseTransferMode).toBe('STREAM');
      expect(Integration.Uri['Fn::Join'][1].at(-1)).toBe('/response-streaming-invocations');
      expect(Integration.TimeoutInMillis).toBe(300_000);
      expect(lambdaFunction('completion').Timeout).toBe(300);
    }
  });

  it('answers at the root and at every path below it', () => {
    const resources = Object.values(resourcesOf<{ readonly PathPart: string }>('AWS::ApiGateway::Resource'));
    expect(resources.map(({ PathPart }) => PathPart)).toEqual(['{proxy+}']);
  });

  it('has a regional API, which is not cut after 30 silent seconds', () => {
    expect(Object.values(resourcesOf('AWS::ApiGateway::RestApi'))).toEqual([
      expect.objectContaining({ EndpointConfiguration: { Types: ['REGIONAL'] } }),
    ]);
  });

  it('refreshes the token daily, one refresh at a time', () => {
    const rules = Object.values(resourcesOf('AWS::Events::Rule'));
    expect(rules).toEqual([expect.objectContaining({ ScheduleExpression: 'rate(1 day)', State: 'ENABLED' })]);
    expect(lambdaFunction('token-refresh').ReservedConcurrentExecutions).toBe(1);
  });

  it('has no schedule at work when requests are signed', () => {
    const rules = Object.values(resourcesOf('AWS::Events::Rule', iamTemplate));
    expect(rules).toEqual([expect.objectContaining({ State: 'DISABLED' })]);
  });

  it('creates the secrets without a value that could be used', () => {
    expect(resourcesOf('AWS::SecretsManager::Secret')).toEqual({
      CredentialsSecret: { Name: 'qianfan-serverless/dev/credentials', Description: expect.any(String) },
      TokenSecret: { Name: 'qianfan-serverless/dev/token', Description: expect.any(String) },
      BearerSecret: { Name: 'qianfan-serverless/dev/bearer', Description: expect.any(String) },
      OpenaiKeySecret: { Name: 'qianfan-serverless/dev/openai-key', Description: expect.any(String) },
      ClientsSecret: { Name: 'qianfan-serverless/dev/clients', Description: expect.any(String), SecretString: '[]' },
    });
  });
});

describe('the completion function', () => {
  const rights = [
    'lambda:InvokeFunction TokenDashrefreshLambdaFunction',
    'logs:CreateLogStream CompletionLogGroup',
    'logs:PutLogEvents CompletionLogGroup',
    'secretsmanager:GetSecretValue ClientsSecret',
    'secretsmanager:GetSecretValue TokenSecret',
  ];

  it('can neither find nor read the long-lived keys with an access_token', () => {
    expect(rightsOf('completion')).toEqual(rights);
    expect(JSON.stringify(lambdaFunction('completion').Environment)).not.toMatch(/credentials/i);
  });

  it('reads the long-lived keys when it signs requests', () => {
    const readsCredentials = 'secretsmanager:GetSecretValue CredentialsSecret';
    expect(rightsOf('completion', iamTemplate)).toEqual([...rights, readsCredentials].toSorted());
    expect(lambdaFunction('completion', iamTemplate).Environment.Variables).toEqual({
      ...lambdaFunction('completion').Environment.Variables,
      QIANFAN_AUTH: 'iam',
      CREDENTIALS_SECRET_ID: { Ref: 'CredentialsSecret' },
    });
  });

  it('reads the key of an OpenAI-compatible upstream only where it is to be used', () => {
    const readsKey = 'secretsmanager:GetSecretValue OpenaiKeySecret';
    expect(rightsOf('completion', openaiTemplate)).toEqual([...rights, readsKey].toSorted());
    expect(lambdaFunction('completion', openaiTemplate).Environment.Variables).toMatchObject({
      UPSTREAM: 'openai',
      OPENAI_KEY_SECRET_ID: { Ref: 'OpenaiKeySecret' },
    });
    expect(lambdaFunction('completion').Environment.Variables).toMatchObject({ OPENAI_KEY_SECRET_ID: '' });
  });

  it('is told where the upstream, its secrets and the refresh are', () => {
    expect(lambdaFunction('completion').Environment.Variables).toMatchObject({
      QIANFAN_AUTH: 'access_token',
      QIANFAN_BASE_URL: 'https://aip.baidubce.com',
      MODELS: '{}',
      TOKEN_SECRET_ID: { Ref: 'TokenSecret' },
      CLIENTS_SECRET_ID: { Ref: 'ClientsSecret' },
      TOKEN_REFRESH_FUNCTION: { Ref: 'TokenDashrefreshLambdaFunction' },
    });
  });
});

describe('the token-refresh function', () => {
  it('reads the keys, and reads and writes the token', () => {
    expect(rightsOf('token-refresh')).toEqual([
      'logs:CreateLogStream TokenDashrefreshLogGroup',
      'logs:PutLogEvents TokenDashrefreshLogGroup',
      'secretsmanager:GetSecretValue BearerSecret',
      'secretsmanager:GetSecretValue CredentialsSecret',
      'secretsmanager:GetSecretValue TokenSecret',
      'secretsmanager:PutSecretValue BearerSecret',
      'secretsmanager:PutSecretValue TokenSecret',
    ]);
    expect(lambdaFunction('token-refresh').Environment.Variables).toEqual({
      QIANFAN_BASE_URL: 'https://aip.baidubce.com',
      TOKEN_SECRET_ID: { Ref: 'TokenSecret' },
      BEARER_SECRET_ID: '',
      CREDENTIALS_SECRET_ID: { Ref: 'CredentialsSecret' },
    });
  });

  it('refreshes nothing but the bearer token where V2 alone is called with one', () => {
    expect(lambdaFunction('token-refresh', bearerTemplate).Environment.Variables).toMatchObject({
      TOKEN_SECRET_ID: '',
      BEARER_SECRET_ID: { Ref: 'BearerSecret' },
    });
    expect(lambdaFunction('completion', bearerTemplate).Environment.Variables).toMatchObject({
      BEARER_SECRET_ID: { Ref: 'BearerSecret' },
    });
    expect(rightsOf('completion', bearerTemplate)).toContain('secretsmanager:GetSecretValue BearerSecret');
    const rules = Object.values(resourcesOf('AWS::Events::Rule', bearerTemplate));
    expect(rules).toEqual([expect.objectContaining({ State: 'ENABLED' })]);
  });
});
