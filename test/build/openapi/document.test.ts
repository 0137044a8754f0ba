// docs/openapi.json against what the gateway is: its routes, its errors, its limits, and the document's own examples.
import { createGatewayOptions } from '../../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import { errorTable } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { findSchemaFault, joinPointer, locate, openApiDocument, pathItems } from './openapi-document.ts';
import { findStreamFaults } from './validate-response.ts';
import { collectExamples } from './examples.ts';

const config = { CLIENTS_SECRET_ID: 'unread', TOKEN_SECRET_ID: 'unread', TOKEN_REFRESH_FUNCTION: 'unread' };
const gatewayOptions = createGatewayOptions(readCompletionConfig(config));
const codes = Object.keys(errorTable) as ErrorCode[];
const examples = collectExamples();

describe('the routes', () => {
  it('are all in the document, and no others', () => {
    const served = gatewayOptions.routes.map(({ pattern }) => pattern);
    expect(served.length).toBeGreaterThan(9);
    expect(pathItems.map(({ pattern }) => pattern).toSorted()).toEqual(served.toSorted());
  });

  const { log } = createLogRecorder();
  const gateway = createGateway({ ...gatewayOptions, log });
  const calls = pathItems.flatMap(({ pattern, operations }) =>
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
      method,
      pattern,
      isServed: Object.hasOwn(operations, method.toLowerCase()),
    })),
  );

  // Without credentials nothing else is asked: what is served says so, in another way than "not this method".
  it.each(calls)('$method $pattern is served if it is documented', async ({ method, pattern, isServed }) => {
    const target = pattern.replace(/\{.*\}/, 'name');
    const call = { signal: new AbortController().signal, deadlineMs: Infinity };
    const { status, body } = await gateway(createHttpRequest({ method, target }), call);
    const { error_code: errorCode } = JSON.parse(body as string) as { error_code?: number };
    expect(status === 405 || errorCode === errorTable.invalid_http_method.errorCode).toBe(!isServed);
  });

  it('have each operation under a name of its own', () => {
    const names = pathItems.flatMap(({ operations }) =>
      Object.values(operations).map(({ pointer }) => locate(joinPointer(pointer, 'operationId')).value),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain(undefined);
  });
});

describe('the credentials', () => {
  const schemesOf = (pattern: string, method: string): readonly string[] => {
    const { pointer = '' } = pathItems.find((item) => item.pattern === pattern)?.operations[method] ?? {};
    const security = locate(joinPointer(pointer, 'security')).value as readonly object[];
    return security.flatMap((each) => Object.keys(each));
  };

  // The secret of a client is a Bearer key in the OpenAI dialect only.
  it('of an end user are taken wherever models are called or listed', () => {
    const v1 = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}';
    expect(schemesOf(v1, 'post')).toEqual(['accessToken', 'signature', 'userToken']);
    expect(schemesOf('/wenxinworkshop/service/list', 'post')).toEqual(['signature', 'userToken']);
    expect(schemesOf('/v1/completions', 'post')).toEqual(['bearer']);
  });
});

describe('the errors', () => {
  it('of tokens help clients and end users', () => {
    const listed = openApiDocument['x-error-codes'] as readonly { code: string; meaning: string }[];
    const meanings = listed.filter(({ code }) => /^access_token_(?:invalid|expired)$/.test(code));
    expect(meanings).toHaveLength(2);
    for (const { meaning } of meanings) expect(meaning).toMatch(/oauth.*user's token.*issuer/);
  });

  it('are all listed, with status, error_code and whether to try again', () => {
    const listed = openApiDocument['x-error-codes'] as readonly { code: string; meaning: string }[];
    expect(listed.map(({ meaning: _meaning, ...traits }) => traits)).toEqual(
      codes.map((code) => {
        const { status, errorCode, retryable } = errorTable[code];
        return { code, status, error_code: errorCode, retryable };
      }),
    );
    for (const { meaning } of listed) expect(meaning).toMatch(/\w.*\.$/);
  });

  it.each(codes)('%s is shown as each dialect tells it', (code) => {
    const { status, errorCode } = errorTable[code];
    const find = (place: string) => examples.filter(({ name }) => name.startsWith(place) && name.endsWith(` ${code}`));
    expect(find(`#/components/responses/OpenAiError${status}`).map(({ value }) => value)).toContainEqual({
      error: expect.objectContaining({ code }),
    });
    expect(find('#/paths//rpc/2.0').map(({ value }) => value)).toEqual([
      expect.objectContaining({ error_code: errorCode }),
    ]);
  });
});

describe('the examples', () => {
  it.each(examples)('$name', ({ pointer, isStream, value }) => {
    expect(findSchemaFault(joinPointer(pointer, 'schema'), value)).toBeUndefined();
    expect(isStream ? findStreamFaults(value as string, true, pointer) : []).toEqual([]);
  });

  it('are there for every body', () => {
    const withExamples = new Set(examples.map(({ pointer }) => pointer));
    const bodies = pathItems.flatMap(({ operations }) =>
      Object.values(operations).flatMap(({ pointer, responses }) =>
        Object.keys(responses).flatMap((status) => {
          const response = locate(joinPointer(pointer, 'responses', status));
          const { content = {} } = response.value as { content?: object };
          return Object.keys(content).map((type) => joinPointer(response.pointer, 'content', type));
        }),
      ),
    );
    expect(bodies.filter((body) => !withExamples.has(body))).toEqual([]);
  });
});

it('every reference of the document leads somewhere', () => {
  const references = [...JSON.stringify(openApiDocument).matchAll(/"\$ref":"([^"]+)"/g)].map(([, place = '']) => place);
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter((place) => locate(place).value === undefined)).toEqual([]);
});
