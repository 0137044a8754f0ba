// The routes that answer no completion, as paths of the OpenAPI document.
import { describeJson, describePlainErrors, describeResponse } from './responses.ts';
import type { HeaderName } from './responses.ts';

const unreadable = 'The clients of the gateway cannot be read at the moment';
const requestId = '1f6c0a52-7d0e-4c63-9d56-0a1b2c3d4e5f';

/** The token endpoint. */
export function createTokenPath(): object {
  const fields = {
    grant_type: { const: 'client_credentials', description: 'The one grant there is.' },
    client_id: { type: 'string', description: 'The id of the client: "API Key" in the SDKs.' },
    client_secret: { type: 'string', description: 'The secret of the client: "Secret Key" in the SDKs.' },
  };
  const query = (required: boolean): readonly object[] =>
    Object.entries(fields).map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      required,
      description,
      schema,
    }));
  const form = { type: 'object', properties: fields };
  const fail = (error: string, error_description: string): object => ({
    [error]: { value: { error, error_description } },
  });
  const describe = (
    description: string,
    examples: object,
    schema: 'AccessToken' | 'AccessTokenError',
    ...more: readonly HeaderName[]
  ): object =>
    describeResponse(description, describeJson([schema], examples as Parameters<typeof describeJson>[1]), [
      'Cache-Control',
      ...more,
    ]);
  const operation = (operationId: string): object => ({
    operationId,
    tags: ['Qianfan V1'],
    summary: 'Exchanges the id and the secret of a client for an access_token.',
    security: [],
    responses: {
      200: describe(
        'The token.',
        { token: { value: { access_token: '24.0123456789', expires_in: 2592000, scope: 'public' } } },
        'AccessToken',
      ),
      400: describe(
        'Another grant type.',
        fail('unsupported_grant_type', 'grant_type must be client_credentials'),
        'AccessTokenError',
      ),
      401: describe(
        'The id or the secret is wrong.',
        {
          unknown_id: { value: { error: 'invalid_client', error_description: 'unknown client id' } },
          wrong_secret: { value: { error: 'invalid_client', error_description: 'Client authentication failed' } },
        },
        'AccessTokenError',
        'WWW-Authenticate',
      ),
      405: describe(
        'Another method than GET and POST.',
        fail('invalid_request', 'Invalid HTTP Method: PUT; use GET or POST'),
        'AccessTokenError',
        'Allow',
      ),
      413: describe(
        'A form of more than 65,536 bytes.',
        fail('invalid_request', 'The request body has 70000 bytes; the limit is 65536'),
        'AccessTokenError',
      ),
      415: describe(
        'A form in another coding than gzip, deflate and br.',
        fail(
          'invalid_request',
          'A body with the Content-Encoding zstd cannot be read; send it with one of gzip, deflate, br, identity',
        ),
        'AccessTokenError',
        'Accept-Encoding',
      ),
      500: describe('The gateway failed inside.', fail('server_error', 'Internal error'), 'AccessTokenError'),
      503: describe('The clients cannot be read.', fail('server_error', unreadable), 'AccessTokenError', 'Retry-After'),
      504: describe(
        'There was no time left.',
        fail('server_error', 'The function reached its deadline'),
        'AccessTokenError',
      ),
    },
  });
  return {
    get: { ...operation('getAccessToken'), parameters: query(true) },
    post: {
      ...operation('createAccessToken'),
      description: 'The parameters are in the query, or in a form.',
      parameters: query(false),
      requestBody: { required: false, content: { 'application/x-www-form-urlencoded': { schema: form } } },
    },
  };
}

/** The list the SDKs ask for before they call a model with a signature. */
export function createServiceListPath(): object {
  const url = 'https://gateway.example/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b';
  const service = {
    name: 'SQLCoder-7B',
    url,
    apiType: 'completions',
    chargeStatus: 'OPENED',
    serviceUuid: 'sqlcoder_7b',
    versionList: [],
  };
  const refusal = (code: string, message: string, error_code: number): object => ({
    [code]: { value: { requestId, code, message, error_code, error_msg: message } },
  });
  const describe = (description: string, examples: object, ...more: readonly HeaderName[]): object =>
    describeResponse(description, describeJson(['ServiceListError'], examples as Parameters<typeof describeJson>[1]), [
      'X-Bce-Error-Code',
      'X-Bce-Error-Message',
      ...more,
    ]);
  return {
    post: {
      operationId: 'listServices',
      tags: ['Qianfan V1'],
      summary: "Lists the services the caller may call, as Baidu's console does.",
      security: [{ signature: [] }, { userToken: [] }],
      responses: {
        200: describeResponse(
          'The services.',
          describeJson(['ServiceList'], {
            list: { value: { log_id: requestId, result: { common: [service], custom: [] } } },
          }),
        ),
        400: describe('The signature is wrong.', {
          ...refusal('SignatureDoesNotMatch', 'The host must be signed', 14),
          ...refusal('RequestExpired', 'The signature has expired', 14),
          ...refusal('InvalidHTTPAuthHeader', 'The Authorization header is not valid', 14),
        }),
        401: describe(
          "The user's token is not valid.",
          refusal('AccessDenied', 'The token has expired', 111),
          'WWW-Authenticate',
        ),
        403: describe('Not signed, or by nobody who is known.', {
          ...refusal('AccessDenied', 'The request must be signed with bce-auth-v1', 14),
          ...refusal('InvalidAccessKeyId', 'NotFound, cause: Could not find credential.', 14),
        }),
        405: describe(
          'Another method than POST.',
          refusal('MethodNotAllowed', 'Invalid HTTP Method: GET; use POST', 336101),
          'Allow',
        ),
        500: describe('The gateway failed inside.', refusal('InternalError', 'Internal error', 500000)),
        503: describe(
          'The clients, or the keys of the token issuer, cannot be read.',
          refusal('InternalError', 'The keys of the token issuer cannot be read at the moment', 500000),
          'Retry-After',
        ),
        504: describe('There was no time left.', refusal('InternalError', 'The function reached its deadline', 500000)),
      },
    },
  };
}

/** Whether the gateway runs. */
export function createHealthPath(): object {
  return {
    get: {
      operationId: 'getHealth',
      tags: ['Operation'],
      summary: 'Says that the gateway runs.',
      security: [],
      responses: {
        200: describeResponse(
          'It runs.',
          describeJson(['Health'], {
            health: { value: { status: 'ok', upstreams: { 'qianfan-v1': { circuit: 'closed' } } } },
          }),
        ),
        ...describePlainErrors(['invalid_http_method', 'internal_error']),
      },
    },
  };
}

/** The OpenAPI document. */
export function createDocumentPath(): object {
  return {
    get: {
      operationId: 'getOpenApiDocument',
      tags: ['Operation'],
      summary: 'This document.',
      security: [],
      responses: {
        200: describeResponse(
          'The document.',
          describeJson(['OpenApiDocument'], { document: { value: { openapi: '3.1.1' } } }),
          ['Cache-Control'],
        ),
        ...describePlainErrors(['invalid_http_method', 'internal_error']),
      },
    },
  };
}
