import { readFileSync } from 'node:fs';
import { errorTable, GatewayError, toGatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode, ErrorTraits } from '../../../lib/core/errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe('GatewayError', () => {
  it.each(codes)('has the traits of %s', (code) => {
    const error = new GatewayError(code, 'The reason');
    expect(error).toBeInstanceOf(Error);
    const { status, errorCode, retryable, mayBeCharged } = errorTable[code];
    const traits = { status, errorCode, retryable, mayBeCharged };
    expect(error).toMatchObject({ name: 'GatewayError', code, message: 'The reason', ...traits });
    expect('cause' in error).toBe(false);
  });

  it('keeps the number that the upstream gave, and the cause', () => {
    const cause = new Error('cause');
    const error = new GatewayError('upstream_rejected', 'The reason', { errorCode: 336999, cause });
    expect(error.errorCode).toBe(336999);
    expect(error.cause).toBe(cause);
  });
});

describe('toGatewayError', () => {
  it('returns a GatewayError as it is', () => {
    const error = new GatewayError('high_load', 'Busy');
    expect(toGatewayError(error)).toBe(error);
  });

  it.each([new TypeError('secret'), 'secret', undefined, null, { message: 'secret', code: 'high_load' }])(
    'makes an internal error of %p, and tells nothing more',
    (thrown) => {
      const error = toGatewayError(thrown);
      expect(error).toMatchObject({ code: 'internal_error', message: 'Internal error' });
      expect(error.cause).toBe(thrown);
    },
  );
});

describe('the error table', () => {
  it('has HTTP statuses of errors, and positive numbers', () => {
    for (const { status, errorCode } of Object.values(errorTable)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(errorCode).toBeGreaterThan(0);
    }
  });

  it('repeats what an SDK repeats: the retry set of the Python and Go SDKs, and failures of the way there', () => {
    const traits: readonly ErrorTraits[] = Object.values(errorTable);
    const repeated = traits.filter(({ retryable }) => retryable).map(({ errorCode }) => errorCode);
    // 336000, which no SDK repeats, is a connection that was not made: nothing was sent.
    expect(new Set(repeated)).toEqual(new Set([2, 15, 18, 336000, 336100, 336501, 336502]));
    expect(codes.filter((code) => errorTable[code].retryable && errorTable[code].errorCode === 336000)).toEqual([
      'upstream_connect_timeout',
    ]);
  });
});

interface Row extends Pick<ErrorTraits, 'status' | 'errorCode' | 'retryable'> {
  readonly code: string;
  readonly meaning: string;
}

/** The rows of all tables whose first column is a code. `yes` and `no` are the words of the page's language. */
function readRows(markdown: string, yes: string, no: string): Row[] {
  return [...markdown.matchAll(/^\| *`(.*?)` *\| *(.*?) *\| *(.*?) *\| *(.*?) *\| *(.*?) *\|$/gm)].map(
    ([, code = '', status, errorCode, retryable, meaning = '']) => {
      expect([yes, no]).toContain(retryable);
      return { code, status: Number(status), errorCode: Number(errorCode), retryable: retryable === yes, meaning };
    },
  );
}

describe.each([
  ['docs/errors.md', 'yes', 'no', /^[A-Z`].{20,}\.$/],
  ['docs/zh-CN/errors.md', '是', '否', /^[\p{Script=Han}`A-Za-z].{3,}\u3002$/u],
] as const)('%s', (page, yes, no, form) => {
  const rows = readRows(readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8'), yes, no);

  it('lists every code once, in the order of the table, and no other', () => {
    expect(rows.map(({ code }) => code)).toEqual(codes);
  });

  it.each(rows)('says of $code what the table says, and what it means', ({ code, meaning, ...traits }) => {
    const { status, errorCode, retryable } = errorTable[code as ErrorCode];
    expect(traits).toEqual({ status, errorCode, retryable });
    expect(meaning).toMatch(form);
  });
});
