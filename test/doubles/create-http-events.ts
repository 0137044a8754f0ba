// HTTP events as AWS sends them: what a test is about is given, the rest is as in a real one.
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * An event of a REST API (payload 1.0): GET /health at the stage `prod`. `path` comes without the stage and
 * percent-encoded; absent maps and bodies are null.
 */
export function createRestEvent(parts: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  const { path = '/health', httpMethod = 'GET' } = parts;
  return {
    resource: '/{proxy+}',
    path,
    httpMethod,
    headers: { Accept: '*/*', Host: 'abcdef1234.execute-api.eu-west-1.amazonaws.com' },
    multiValueHeaders: { Accept: ['*/*'], Host: ['abcdef1234.execute-api.eu-west-1.amazonaws.com'] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      authorizer: null,
      domainName: 'abcdef1234.execute-api.eu-west-1.amazonaws.com',
      httpMethod,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '203.0.113.7',
        user: null,
        userAgent: 'curl/8.5.0',
        userArn: null,
      },
      path: `/prod${path}`,
      protocol: 'HTTP/1.1',
      requestId: '0c6c1f7a-5d9e-4b43-9a51-3a8f6f4f5a01',
      requestTimeEpoch: 1_767_225_600_000,
      resourceId: 'abc123',
      resourcePath: '/{proxy+}',
      stage: 'prod',
    },
    body: null,
    isBase64Encoded: false,
    ...parts,
  };
}

/**
 * The event that the console's Test button and `aws apigateway test-invoke-method` make: there is no stage in any path,
 * the context has the path of the resource instead of the request's, and what was not entered is null.
 */
export function createTestInvokeEvent(parts: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  const event = createRestEvent({ headers: {}, multiValueHeaders: {}, ...parts });
  const { requestContext, resource } = event;
  return {
    ...event,
    // The types know no null here; API Gateway does.
    ...(parts.headers === undefined ? (JSON.parse('{"headers":null,"multiValueHeaders":null}') as object) : {}),
    requestContext: {
      ...requestContext,
      path: resource,
      resourcePath: resource,
      stage: 'test-invoke-stage',
      domainName: 'testPrefix.testDomainName',
      domainPrefix: 'testPrefix',
      identity: {
        ...requestContext.identity,
        apiKey: 'test-invoke-api-key',
        apiKeyId: 'test-invoke-api-key-id',
        sourceIp: 'test-invoke-source-ip',
        userAgent: 'aws-internal/3',
      },
    },
  };
}

/**
 * An event of an HTTP API or a function URL (payload 2.0): GET /prod/health. Header names are in lower case, and the
 * path begins with the stage, unless that is `$default`.
 */
export function createHttpApiEvent(
  parts: Partial<APIGatewayProxyEventV2> = {},
  method = 'GET',
): APIGatewayProxyEventV2 {
  const { rawPath = '/prod/health' } = parts;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { accept: '*/*', host: 'abcdef1234.execute-api.eu-west-1.amazonaws.com' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      domainName: 'abcdef1234.execute-api.eu-west-1.amazonaws.com',
      domainPrefix: 'abcdef1234',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: 'prod',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    isBase64Encoded: false,
    ...parts,
  };
}
