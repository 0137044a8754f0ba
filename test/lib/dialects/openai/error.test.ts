import { errorTable, GatewayError } from '../../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../../lib/core/errors.ts';
import { createStatusError, decodeOpenAiError, encodeOpenAiError } from '../../../../lib/dialects/openai/error.ts';

const decode = (error: unknown, status: number) => {
  const decoded = decodeOpenAiError({ error, id: 'as-1' }, status);
  return decoded && { code: decoded.code, errorCode: decoded.errorCode, message: decoded.message };
};

/** The table of section "V2" of Baidu's error page, and what other servers say for the same. */
const table: readonly [status: number, type: string | null, code: string | null, ErrorCode, number][] = [
  [400, 'invalid_request_error', 'malformed_json', 'invalid_json', 336002],
  [400, 'invalid_request_error', 'invalid_argument', 'invalid_parameter', 336003],
  [400, 'invalid_request_error', 'invalid_messages', 'invalid_parameter', 336003],
  [400, 'invalid_request_error', 'characters_too_long', 'input_too_long', 336007],
  [400, 'invalid_request_error', 'tokens_too_long', 'prompt_tokens_too_long', 336103],
  [400, 'invalid_request_error', 'context_length_exceeded', 'prompt_tokens_too_long', 336103],
  [400, 'invalid_request_error', 'invalid_model', 'api_name_not_found', 336005],
  [401, 'invalid_request_error', 'invalid_model', 'permission_denied', 6],
  [404, 'invalid_request_error', 'model_not_found', 'api_name_not_found', 336005],
  [401, 'access_denied', 'no_parameter_permission', 'access_denied', 336004],
  [401, 'access_denied', null, 'access_denied', 336004],
  [401, 'invalid_request_error', 'invalid_iam_token', 'upstream_auth_failed', 14],
  [401, 'invalid_request_error', 'invalid_appid', 'upstream_auth_failed', 14],
  [401, 'invalid_request_error', 'invalid_api_key', 'upstream_auth_failed', 14],
  [429, 'rate_limit_exceeded', 'rpm_rate_limit_exceeded', 'rpm_limit_reached', 336501],
  [429, 'rate_limit_exceeded', 'tpm_rate_limit_exceeded', 'tpm_limit_reached', 336502],
  [429, 'rate_limit_exceeded', null, 'rpm_limit_reached', 336501],
  [429, 'insufficient_quota', 'insufficient_quota', 'total_limit_reached', 19],
  [503, 'server_error', 'server_overloaded', 'high_load', 336100],
  [500, 'server_error', 'internal_error', 'upstream_http_error', 336000],
];

const byStatus: readonly [number, ErrorCode, number][] = [
  [302, 'upstream_rejected', 336000],
  [400, 'invalid_parameter', 336003],
  [401, 'upstream_auth_failed', 14],
  [402, 'total_limit_reached', 19],
  [403, 'upstream_auth_failed', 14],
  [404, 'api_name_not_found', 336005],
  [408, 'upstream_timeout', 336000],
  [410, 'unsupported_method', 3],
  [413, 'input_too_long', 336007],
  [422, 'invalid_parameter', 336003],
  [429, 'rpm_limit_reached', 336501],
  [500, 'upstream_http_error', 336000],
  [502, 'upstream_http_error', 336000],
  [503, 'high_load', 336100],
  [504, 'upstream_http_error', 336000],
  [529, 'high_load', 336100],
];

describe('an error of the upstream', () => {
  it.each(table)('%i %p / %p means %s, %i to V1', (status, type, code, expected, errorCode) => {
    expect(decode({ code, type, message: 'why' }, status)).toEqual({ code: expected, errorCode, message: 'why' });
  });

  it.each(byStatus)('%i without a body means %s, %i to V1', (status, code, errorCode) => {
    const message = `The upstream answered HTTP ${status}`;
    expect(createStatusError(status)).toMatchObject({ code, errorCode, message });
  });

  it.each(byStatus.filter(([status]) => status !== 401))('%i of an unknown code means %s', (status, code) => {
    expect(decode({ code: 'new_code', message: 'why' }, status)).toMatchObject({ code, message: 'why' });
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', null, {}, ['invalid_model']])(
    'with the code %j goes by its status',
    (code) => {
      expect(decode({ code, type: code, message: 'why' }, 500)?.code).toBe('upstream_http_error');
      expect(decode({ code, type: code, message: 'why' }, 200)?.code).toBe('internal_error');
    },
  );

  it.each([
    ['died', 'died'],
    [{ message: '  died\n' }, 'died'],
    [{ message: '' }, 'The upstream answered HTTP 500'],
    [{ message: 5 }, 'The upstream answered HTTP 500'],
    [{}, 'The upstream answered HTTP 500'],
    [['died'], 'The upstream answered HTTP 500'],
    [true, 'The upstream answered HTTP 500'],
  ])('given as %j has the message %j', (error, message) => {
    expect(decode(error, 500)).toEqual({ code: 'upstream_http_error', errorCode: 336000, message });
  });

  it.each(byStatus.filter(([status]) => status >= 400))(
    'of the number %i inside a 200 means what the status would: %s',
    (number, code) => {
      for (const given of [number, String(number)]) {
        expect(decode({ code: given, message: 'why' }, 200)).toMatchObject({ code, message: 'why' });
      }
      expect(decode({ http_status_code: number, message: 'why' }, 200)).toMatchObject({ code });
    },
  );

  it.each([
    ['vLLM', { object: 'error', message: 'why', type: 'BadRequestError', param: null, code: 400 }],
    ['FastAPI', { detail: 'why' }],
    ['FastAPI, of a body', { detail: [{ loc: ['body'], msg: 'why', type: 'missing' }] }],
    ['a proxy', { message: 'why' }],
    ["Qianfan V2's gateway", { requestId: 'r', code: 'new_code', message: 'why' }],
    ['text-generation-inference', { error: 'why', error_type: 'validation' }],
  ])('in the shape of %s keeps its words', (_name, body) => {
    expect(decodeOpenAiError(body, 400)).toMatchObject({ code: 'invalid_parameter', message: 'why' });
  });

  it.each([
    [400, { error: { code: 400, type: 'exceed_context_size_error', message: 'too long' } }],
    [500, { error: { message: 'the request exceeds the available context size' } }],
    [400, { object: 'error', message: "This model's maximum context length is 4096 tokens.", code: 400 }],
    [400, { error: { code: 'context_length_exceeded', message: 'too long' } }],
    [200, { text: 'too long', error_code: 40303 }],
  ])('that tells of a full context is prompt_tokens_too_long, and not retried: %i %j', (status, body) => {
    expect(decodeOpenAiError(body, status)).toMatchObject({ code: 'prompt_tokens_too_long', retryable: false });
  });

  it('has a message of at most 8000 characters', () => {
    expect(decode({ message: 'x'.repeat(9_000) }, 500)?.message).toHaveLength(8_000);
  });

  it.each([undefined, null, 5, 'error', [], {}, { error: null }, { error: '' }, { choices: [] }])(
    'is not found in %j',
    (value) => {
      expect(decodeOpenAiError(value, 500)).toBeUndefined();
    },
  );
});

describe('encodeOpenAiError', () => {
  const types: Readonly<Record<number, string>> = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    403: 'permission_error',
    404: 'invalid_request_error',
    405: 'invalid_request_error',
    409: 'invalid_request_error',
    413: 'invalid_request_error',
    415: 'invalid_request_error',
    429: 'rate_limit_error',
    499: 'invalid_request_error',
    500: 'api_error',
    502: 'api_error',
    503: 'api_error',
    504: 'api_error',
  };

  it.each(Object.keys(errorTable) as ErrorCode[])('writes %s so that the OpenAI clients raise', (code) => {
    const error = new GatewayError(code, 'why');
    expect(JSON.parse(encodeOpenAiError(error))).toEqual({
      error: { message: 'why', type: types[error.status], param: null, code },
    });
  });

  it('names the parameter, and nothing of the cause', () => {
    const error = new GatewayError('invalid_parameter', 'n is 0', { parameter: 'n', cause: new Error('secret') });
    expect(JSON.parse(encodeOpenAiError(error))).toEqual({
      error: { message: 'n is 0', type: 'invalid_request_error', param: 'n', code: 'invalid_parameter' },
    });
  });

  it('is one line, whatever the message holds', () => {
    expect(encodeOpenAiError(new GatewayError('internal_error', 'a\nb\r\nc'))).not.toMatch(/[\r\n]/);
  });
});
