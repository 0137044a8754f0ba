import { errorTable, GatewayError } from '../../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../../lib/core/errors.ts';
import { decodeV1Error, encodeV1Error } from '../../../../lib/dialects/qianfan-v1/error.ts';

/** Baidu's list (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh). */
const documented: readonly (readonly [number, ErrorCode])[] = [
  [1, 'unknown_error'],
  [2, 'service_unavailable'],
  [3, 'unsupported_method'],
  [4, 'cluster_limit_reached'],
  [6, 'permission_denied'],
  [13, 'service_token_failed'],
  [14, 'iam_certification_failed'],
  [15, 'app_not_available'],
  [17, 'daily_limit_reached'],
  [18, 'qps_limit_reached'],
  [19, 'total_limit_reached'],
  [100, 'access_token_malformed'],
  [110, 'access_token_invalid'],
  [111, 'access_token_expired'],
  [336000, 'internal_error'],
  [336001, 'invalid_argument'],
  [336002, 'invalid_json'],
  [336003, 'invalid_parameter'],
  [336004, 'access_denied'],
  [336005, 'api_name_not_found'],
  [336006, 'invalid_messages'],
  [336007, 'input_too_long'],
  [336100, 'high_load'],
  [336101, 'invalid_http_method'],
  [336103, 'prompt_tokens_too_long'],
  [336104, 'invalid_system'],
  [336105, 'invalid_user_setting'],
  [336501, 'rpm_limit_reached'],
  [336502, 'tpm_limit_reached'],
  [500000, 'console_error'],
];

const encode = (error: GatewayError): string => encodeV1Error(error, 'request-1');

describe.each(documented)('the documented code %i', (errorCode, code) => {
  it(`is ${code}`, () => {
    const error = decodeV1Error({ error_code: errorCode, error_msg: 'The reason' });
    const { status, retryable } = errorTable[code];
    expect(error).toMatchObject({ code, message: 'The reason', status, retryable });
    expect(error?.errorCode).toBe(errorCode);
  });

  it('comes back as it went out', () => {
    const body = encode(new GatewayError(code, 'The reason'));
    expect(JSON.parse(body)).toEqual({ error_code: errorCode, error_msg: 'The reason', id: 'request-1' });
    expect(decodeV1Error(JSON.parse(body))).toMatchObject({ code, errorCode, message: 'The reason' });
  });
});

describe('decodeV1Error', () => {
  it('keeps the number of a code that nobody has documented', () => {
    const error = decodeV1Error({ error_code: 336999, error_msg: 'New' });
    expect(error).toMatchObject({ code: 'upstream_rejected', errorCode: 336999, message: 'New', retryable: false });
    expect(error && encode(error)).toContain('"error_code":336999,');
  });

  it('reads a code that is written as a text', () => {
    expect(decodeV1Error({ error_code: '18', error_msg: 'Busy' })).toMatchObject({ code: 'qps_limit_reached' });
  });

  it.each([1.5, 'many', {}, 1e300, true, [1]])('takes the code %p for an answer that is not valid', (errorCode) => {
    expect(decodeV1Error({ error_code: errorCode, error_msg: 'x' })).toMatchObject({
      code: 'upstream_invalid_response',
    });
  });

  it.each([undefined, '', '  ', null, 7])('says something where the message is %p', (message) => {
    expect(decodeV1Error({ error_code: 18, error_msg: message })?.message).toBe('Qianfan error 18');
  });

  it('shortens a message without end', () => {
    expect(decodeV1Error({ error_code: 18, error_msg: 'x'.repeat(100_000) })?.message).toBe('x'.repeat(8_000));
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [[{ error_code: 1 }]],
    [{}],
    [{ error_msg: 'x' }],
    [{ result: 'x' }],
    [{ error_code: 0 }],
    [{ error_code: null }],
  ])('finds no error in %j', (value) => {
    expect(decodeV1Error(value)).toBeUndefined();
  });
});

describe('encodeV1Error', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('gives %s an integer code', (code) => {
    const body: unknown = JSON.parse(encode(new GatewayError(code, 'The reason')));
    expect(body).toMatchObject({ error_code: errorTable[code].errorCode });
  });

  it('is one line of compact JSON whatever the message', () => {
    const body = encode(new GatewayError('internal_error', 'two\r\nlines, "quoted"'));
    expect(body).not.toMatch(/[\r\n]|": |, "/);
    expect(JSON.parse(body)).toMatchObject({ error_msg: 'two\r\nlines, "quoted"' });
  });
});
