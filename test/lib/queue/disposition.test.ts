import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { dispositions, isRateLimit } from '../../../lib/queue/disposition.ts';

const codes = Object.keys(errorTable) as ErrorCode[];
const codesOf = (disposition: string): readonly ErrorCode[] =>
  codes.filter((code) => dispositions[code] === disposition);

describe('dispositions', () => {
  it('has every error of the table', () => {
    expect(Object.keys(dispositions)).toEqual(codes);
  });

  it('refuses no message for an error that the official SDKs retry', () => {
    expect(codesOf('refused').filter((code) => errorTable[code].retryable)).toEqual([]);
  });

  it('refuses no message for credentials, quotas, the network or a deadline', () => {
    const others = [401, 408, 429, 499, 500, 503, 504];
    expect(codesOf('refused').filter((code) => others.includes(errorTable[code].status))).toEqual([]);
  });

  it('answers what is wrong with a message with a failed result', () => {
    const validation = [
      'invalid_argument',
      'invalid_json',
      'invalid_parameter',
      'invalid_messages',
      'input_too_long',
      'prompt_tokens_too_long',
      'invalid_system',
      'invalid_user_setting',
      'body_too_large',
      // Asked again, it would be charged again and be as long.
      'upstream_answer_too_large',
    ];
    expect(codesOf('refused')).toEqual(expect.arrayContaining(validation));
  });
});

describe('isRateLimit', () => {
  it('holds for quotas and overload, and for nothing else', () => {
    expect(codes.filter((code) => isRateLimit(new GatewayError(code, 'm')))).toEqual([
      'cluster_limit_reached',
      'daily_limit_reached',
      'qps_limit_reached',
      'total_limit_reached',
      'high_load',
      'rpm_limit_reached',
      'tpm_limit_reached',
    ]);
  });
});
