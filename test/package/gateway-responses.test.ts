// What API Gateway answers by itself, as the Qianfan SDKs and the OpenAI clients read it.
import { GatewayError } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import { encodeOpenAiError } from '../../lib/dialects/openai/error.ts';
import { encodeV1Error } from '../../lib/dialects/qianfan-v1/error.ts';
import { at, oauthKeys, startNodeSdk } from '../journeys/node-sdk/start-node-sdk.ts';
import type { NodeSdk } from '../journeys/node-sdk/start-node-sdk.ts';
import { sdkDrivers } from '../journeys/openai-sdks/sdk-drivers.ts';
import { packageTemplates } from './package-service.ts';
import { openRawConnection } from '../servers/raw-connection.ts';
import { resourcesOf } from './read-template.ts';
import type { Template } from './read-template.ts';
import { go } from '../journeys/sdk-wire/go-wire.ts';
import { java } from '../journeys/sdk-wire/java-wire.ts';
import { python } from '../journeys/sdk-wire/python-wire.ts';
import type { SdkOutcome, SdkWire } from '../journeys/sdk-wire/sdk-wire.ts';
import { startHttpServer } from '../servers/start-http-server.ts';
import type { TestServer } from '../servers/start-http-server.ts';

interface GatewayResponse {
  readonly RestApiId: unknown;
  readonly ResponseType: string;
  readonly ResponseParameters: Readonly<Record<string, string>>;
  readonly ResponseTemplates: Readonly<Record<string, string>>;
  readonly StatusCode?: string;
}

/** Of each type: the status that API Gateway gives it, and the error of ours that says the same. */
const types: Readonly<Record<string, readonly [status: number, code: ErrorCode]>> = {
  THROTTLED: [429, 'qps_limit_reached'],
  QUOTA_EXCEEDED: [429, 'daily_limit_reached'],
  INVALID_API_KEY: [403, 'access_denied'],
  WAF_FILTERED: [403, 'access_denied'],
  REQUEST_TOO_LARGE: [413, 'body_too_large'],
  INTEGRATION_TIMEOUT: [504, 'deadline_exceeded'],
  DEFAULT_4XX: [400, 'invalid_argument'],
  DEFAULT_5XX: [500, 'internal_error'],
};
const typeNames = Object.keys(types);

/** As API Gateway puts them in: a name, and a text in quotes. */
const context = {
  'context.requestId': 'f9aee7a1',
  'context.error.message': 'Bad request body',
  'context.error.messageString': '"Bad request body"',
};

let template: Template;
let pagesTemplate: Template;
let urlTemplate: Template;
let server: TestServer;
let nodeSdk: NodeSdk;
let answered = 'THROTTLED';

beforeAll(async () => {
  ({ template, pagesTemplate, urlTemplate } = await packageTemplates({
    template: {},
    pagesTemplate: { allowedOrigins: 'https://app.example,https://other.example' },
    urlTemplate: { frontDoor: 'url' },
  }));
  nodeSdk = await startNodeSdk();
  server = await startHttpServer((_request, response) => {
    response.writeHead(types[answered]?.[0] ?? 500, {
      ...headersOf(responseOf(answered)),
      'Content-Type': 'application/json',
    });
    response.end(bodyOf(answered));
  });
}, 120_000);

afterAll(async () => {
  await nodeSdk.stop();
  await server.close();
});

function responseOf(type: string, from = template): GatewayResponse {
  const responses = Object.values(resourcesOf<GatewayResponse>(from, 'AWS::ApiGateway::GatewayResponse'));
  const [response, ...others] = responses.filter(({ ResponseType }) => ResponseType === type);
  if (response === undefined || others.length > 0) throw new Error(`There is not one response for ${type}`);
  return response;
}

function bodyOf(type: string): string {
  const text = responseOf(type).ResponseTemplates['application/json'] ?? '';
  return text.replaceAll(/\$([\w.]+)/g, (_match, name: keyof typeof context) => context[name]);
}

/** The headers that the parameters of a response make. */
function headersOf({ ResponseParameters }: GatewayResponse): Readonly<Record<string, string>> {
  const entries = Object.entries(ResponseParameters).map(([name, value]) => [
    name.replace('gatewayresponse.header.', ''),
    // A literal is in quotes, all else is something of the context.
    /^'(.*)'$/.exec(value)?.[1] ?? context[value as keyof typeof context],
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

it('is said of every type that can occur, with the status that API Gateway gives it', () => {
  const responses = Object.values(resourcesOf<GatewayResponse>(template, 'AWS::ApiGateway::GatewayResponse'));
  expect(responses.map(({ ResponseType }) => ResponseType).toSorted()).toEqual(typeNames.toSorted());
  for (const { RestApiId, StatusCode } of responses) {
    expect(RestApiId).toEqual({ Ref: 'ApiGatewayRestApi' });
    expect(StatusCode).toBeUndefined();
  }
  expect(resourcesOf(urlTemplate, 'AWS::ApiGateway::GatewayResponse')).toEqual({});
});

it('is part of what is deployed: the deployment waits for it', () => {
  const deployments = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::Deployment');
  const [{ DependsOn } = { DependsOn: [] }] = deployments as { readonly DependsOn?: readonly string[] }[];
  expect(DependsOn).toEqual(
    expect.arrayContaining(Object.keys(resourcesOf(template, 'AWS::ApiGateway::GatewayResponse'))),
  );
});

it.each(typeNames)('is the body of the same error in both dialects, in one line: %s', (type) => {
  const [, code] = types[type] ?? [500, 'internal_error'];
  const text = bodyOf(type);
  const { error, ...ofV1 } = JSON.parse(text) as { readonly error: { readonly message: string } };
  const expected = new GatewayError(code, error.message);
  expect(ofV1).toEqual(JSON.parse(encodeV1Error(expected, 'f9aee7a1')));
  expect({ error }).toEqual(JSON.parse(encodeOpenAiError(expected)));
  expect(text).not.toContain('\n');
  expect(error.message).not.toBe('');
});

describe.each(typeNames)('%s is an error', (type) => {
  beforeEach(() => {
    answered = type;
  });

  it.each(Object.entries(sdkDrivers))('to %s', async (_name, driver) => {
    const thrown: unknown = await driver.complete({ baseUrl: server.url, prompt: 'x' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const [status, code] = types[type] ?? [];
    const error = thrown as { status?: number; statusCode?: number; code?: string; data?: { error: { code: string } } };
    expect([error.status ?? error.statusCode, error.code ?? error.data?.error.code]).toEqual([status, code]);
  });

  it('to the Node SDK', async () => {
    const { error, answer } = await nodeSdk.call({
      options: { ...at(server.url), ...oauthKeys(), QIANFAN_LLM_API_RETRY_COUNT: '0' },
      accessToken: 'token',
      body: { prompt: 'x' },
    });
    const { error_msg: message } = JSON.parse(bodyOf(type)) as { readonly error_msg: string };
    expect(error ?? answer?.error_msg).toContain(message);
  });

  const readBy = async (sdk: SdkWire): Promise<SdkOutcome> => {
    const connection = await openRawConnection(server.url);
    const ask = { endpoint: 'starcoder', prompt: 'x', stream: false };
    const answer = await connection.exchange(sdk.writeCompletionRequest(server.url, { accessToken: 'token' }, ask));
    connection.close();
    return sdk.readCompletion(answer);
  };

  it('to the Go SDK, which reads the body', async () => {
    const { error_code: code, error_msg: message } = JSON.parse(bodyOf(type)) as Record<string, unknown>;
    expect(await readBy(go)).toEqual({ results: [], raised: { code, message } });
  });

  it('to the Python SDK, which reads the headers', async () => {
    const { error_msg: message } = JSON.parse(bodyOf(type)) as { readonly error_msg: string };
    const [status, code] = types[type] ?? [];
    await expect(readBy(python)).rejects.toThrow(`Python: RequestError ${status} ${code} ${message}`);
  });

  it('to the Java SDK, which reads the status', async () => {
    await expect(readBy(java)).rejects.toThrow(`Java: RequestException, status ${types[type]?.[0]}`);
  });
});

it('of a limit says when to come back', () => {
  expect(headersOf(responseOf('THROTTLED'))['Retry-After']).toBe('1');
  expect(Number(headersOf(responseOf('QUOTA_EXCEEDED'))['Retry-After'])).toBeGreaterThanOrEqual(60);
  for (const type of typeNames.filter((name) => types[name]?.[0] !== 429)) {
    expect(headersOf(responseOf(type))).not.toHaveProperty('Retry-After');
  }
});

it.each(typeNames)('may be read by pages where pages may call, and has the id of the request: %s', (type) => {
  expect(headersOf(responseOf(type))).toMatchObject({ 'X-Request-Id': 'f9aee7a1' });
  expect(Object.keys(headersOf(responseOf(type))).filter((name) => name.startsWith('Access-Control'))).toEqual([]);
  expect(headersOf(responseOf(type, pagesTemplate))).toMatchObject({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'Retry-After, X-Request-Id',
  });
});
