import { GatewayError } from '../../../lib/core/errors.ts';
import { createJsonResponse, retryAfterHeader } from '../../../lib/core/json-response.ts';
import { encodePlainError } from '../../../lib/gateway/plain-routes.ts';

describe('createJsonResponse', () => {
  it('says that the body is JSON, beside the headers it is given', () => {
    expect(createJsonResponse(403, { a: [1] }, { Vary: 'Origin' })).toEqual({
      status: 403,
      headers: { 'Content-Type': 'application/json', Vary: 'Origin' },
      body: '{"a":[1]}',
    });
  });
});

describe('retryAfterHeader', () => {
  it('has the seconds of the error', () => {
    const error = new GatewayError('service_unavailable', 'later', { retryAfterSeconds: 2 });
    expect(retryAfterHeader(error)).toEqual({ 'Retry-After': '2' });
    expect(encodePlainError(error).headers).toEqual({ 'Content-Type': 'application/json', 'Retry-After': '2' });
  });

  it('is none when the error has no seconds', () => {
    expect(retryAfterHeader(new GatewayError('service_unavailable', 'later'))).toEqual({});
  });
});
