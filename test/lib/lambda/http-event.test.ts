import { decodeHttpEvent } from '../../../lib/lambda/http-event.ts';
import type { HttpRequest } from '../../../lib/core/http.ts';
import type { HttpEvent } from '../../../lib/lambda/http-event.ts';
import { createHttpApiEvent, createRestEvent, createTestInvokeEvent } from '../../doubles/create-http-events.ts';

/** Reads an event that is one of HTTP. */
function decode(event: HttpEvent): HttpRequest {
  const request = decodeHttpEvent(event);
  if (request === undefined) throw new Error('not read as an event of HTTP');
  return request;
}

describe('an event of a REST API', () => {
  it('is read whole', () => {
    expect(decode(createRestEvent())).toEqual({
      method: 'GET',
      path: '/prod/health',
      query: [],
      headers: { accept: '*/*', host: 'abcdef1234.execute-api.eu-west-1.amazonaws.com' },
      body: Buffer.alloc(0),
      requestId: '0c6c1f7a-5d9e-4b43-9a51-3a8f6f4f5a01',
    });
  });

  it('keeps the path as it was sent, with the stage', () => {
    const path = '/completions/star%63oder%2F';
    expect(decode(createRestEvent({ path })).path).toBe(`/prod${path}`);
  });

  it('has no headers when the event has none, as from the test button of the console', () => {
    const event = { ...createRestEvent(), headers: null, multiValueHeaders: null } as unknown as HttpEvent;
    expect(decode(event).headers).toEqual({});
  });

  it('writes the method in upper case', () => {
    expect(decode(createRestEvent({ httpMethod: 'post' })).method).toBe('POST');
  });

  it('has every value of a repeated parameter', () => {
    const event = createRestEvent({
      queryStringParameters: { access_token: 'b', empty: '' },
      multiValueQueryStringParameters: { access_token: ['a', 'b'], empty: [''], constructor: ['c'] },
    });
    expect(decode(event).query).toEqual([
      ['access_token', 'a'],
      ['access_token', 'b'],
      ['empty', ''],
      ['constructor', 'c'],
    ]);
  });

  it('takes parameters that are given once each', () => {
    const event = createRestEvent({ queryStringParameters: { grant_type: 'client_credentials' } });
    expect(decode(event).query).toEqual([['grant_type', 'client_credentials']]);
  });

  it('joins the values of a repeated header, whatever the case of its name', () => {
    const event = createRestEvent({ multiValueHeaders: { 'X-Forwarded-For': ['203.0.113.7', '198.51.100.1'] } });
    expect(decode(event).headers).toEqual({ 'x-forwarded-for': '203.0.113.7, 198.51.100.1' });
  });

  it.each([
    ['no body', { body: null }, Buffer.alloc(0)],
    ['a text', { body: '{"prompt":"千帆"}' }, Buffer.from('{"prompt":"千帆"}')],
    ['bytes', { body: '/wCA', isBase64Encoded: true }, Buffer.of(0xff, 0x00, 0x80)],
    ['a text that looks like base64', { body: 'YWJj' }, Buffer.from('YWJj')],
  ])('has %s as its body', (_name, parts, body) => {
    expect(decode(createRestEvent(parts)).body).toEqual(body);
  });
});

describe("an event of the console's test", () => {
  it('has the path that was entered, not that of the resource', () => {
    const event = createTestInvokeEvent({ path: '/v1/models/Fuyu%2D8B' });
    expect(event.requestContext.path).toBe('/{proxy+}');
    expect(decode(event).path).toBe('/v1/models/Fuyu%2D8B');
  });

  it('is read whole', () => {
    const parts = { path: '/v1/completions', httpMethod: 'POST', headers: { Accept: '*/*' }, body: '{}' };
    expect(decode(createTestInvokeEvent(parts))).toMatchObject({ method: 'POST', path: '/v1/completions', query: [] });
  });

  it('has no headers when none were entered', () => {
    expect(decode(createTestInvokeEvent()).headers).toEqual({});
  });

  it('keeps the path of a resource that has no variable in it', () => {
    expect(decode(createTestInvokeEvent({ resource: '/health', path: '/health' })).path).toBe('/health');
  });
});

describe('a path like that of a resource', () => {
  // Of a caller who sent just that.
  it.each([
    ['under a stage', '/prod/%7Bproxy+%7D', '/%7Bproxy+%7D', '/prod/%7Bproxy+%7D'],
    ['under a custom domain', '/{proxy+}', '/{proxy+}', '/{proxy+}'],
    ['under a base path', '/base/{proxy+}', '/base/{proxy+}', '/base/{proxy+}'],
  ])('is kept as it was sent, %s', (_name, called, path, expected) => {
    const event = createRestEvent({ path });
    expect(decode({ ...event, requestContext: { ...event.requestContext, path: called } }).path).toBe(expected);
  });
});

describe('an event of an HTTP API', () => {
  it('is read whole', () => {
    expect(decode(createHttpApiEvent())).toEqual({
      method: 'GET',
      path: '/prod/health',
      query: [],
      headers: { accept: '*/*', host: 'abcdef1234.execute-api.eu-west-1.amazonaws.com' },
      body: Buffer.alloc(0),
      requestId: 'JKJaXmPLvHcESHA=',
    });
  });

  it('has its method', () => {
    expect(decode(createHttpApiEvent({}, 'POST')).method).toBe('POST');
  });

  it('has its parameters decoded, in the order sent', () => {
    const event = createHttpApiEvent({
      rawQueryString: 'b=1&a=%E5%8D%83%2B&b=2&empty&ill=%',
      queryStringParameters: { a: 'x' },
    });
    expect(decode(event).query).toEqual([
      ['b', '1'],
      ['a', '千+'],
      ['b', '2'],
      ['empty', ''],
      ['ill', '%'],
    ]);
  });

  it.each([
    ['no body', {}, Buffer.alloc(0)],
    ['a text', { body: '{"prompt":"千帆"}' }, Buffer.from('{"prompt":"千帆"}')],
    ['bytes', { body: '/wCA', isBase64Encoded: true }, Buffer.of(0xff, 0x00, 0x80)],
  ])('has %s as its body', (_name, parts, body) => {
    expect(decode(createHttpApiEvent(parts)).body).toEqual(body);
  });
});

describe('headers of any name', () => {
  const multiValueHeaders = JSON.parse('{"__proto__":["a"],"Constructor":["b"]}') as Record<string, string[]>;
  const headers = JSON.parse('{"__proto__":"a","Constructor":"b"}') as Record<string, string>;

  it.each([
    ['a REST API', createRestEvent({ multiValueHeaders })],
    ['an HTTP API', createHttpApiEvent({ headers })],
  ])('are kept and mean nothing else, from %s', (_name, event) => {
    const decoded = decode(event).headers;
    expect(Object.entries(decoded)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(decoded['toString']).toBeUndefined();
  });
});

describe('an event of something else', () => {
  it.each([
    ['nothing', {}],
    ['null', null],
    ['a text', 'x'],
    ['a queue', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }],
    ['a schedule', { source: 'aws.events', detail: {} }],
    ['a list', []],
  ])('is not read: %s', (_name, event) => {
    expect(decodeHttpEvent(event as HttpEvent)).toBeUndefined();
  });
});

describe('an event whose fields are not what they are to be', () => {
  it.each<[string, object]>([
    ['a method that is no text', { httpMethod: 1 }],
    ['a method that is no token', { httpMethod: 'GET /' }],
    ['a method of thousands of letters', { httpMethod: 'G'.repeat(5_000) }],
    ['a path that is no text', { path: [], requestContext: { requestId: '1' } }],
    ['no context', { requestContext: null }],
    ['a request id that could not be sent back', { requestContext: { requestId: 'a\r\nX-Injected: 1', path: '/' } }],
    ['a request id that is no text', { requestContext: { requestId: 1, path: '/' } }],
    ['headers that are no map', { multiValueHeaders: 'x' }],
    ['a header that is no text', { multiValueHeaders: { a: [1] } }],
    ['a parameter that is no text', { multiValueQueryStringParameters: { a: [[null]] } }],
    ['a body that is no text', { body: 7 }],
  ])('is not read: %s', (_name, parts) => {
    expect(decodeHttpEvent({ ...createRestEvent(), ...parts })).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a method that is no text', { requestContext: { requestId: '1', http: { method: null } } }],
    ['no method', { requestContext: { requestId: '1', http: [] } }],
    ['a path that is no text', { rawPath: null }],
    ['a query that is no text', { rawQueryString: {} }],
    ['a header that is no text', { headers: { a: {} } }],
  ])('is not read, of an HTTP API: %s', (_name, parts) => {
    expect(decodeHttpEvent({ ...createHttpApiEvent(), ...parts })).toBeUndefined();
  });

  it('has no value where there is none', () => {
    const multiValueHeaders = { accept: null } as unknown as Record<string, string[]>;
    expect(decode(createRestEvent({ multiValueHeaders })).headers).toEqual({});
  });
});
