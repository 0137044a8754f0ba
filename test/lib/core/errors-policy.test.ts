// The columns of the error table against what the codes mean, and against one another.
import { errorTable, findCodeByNumber } from '../../../lib/core/errors.ts';
import type { ErrorCode, ErrorTraits } from '../../../lib/core/errors.ts';

const rows = Object.entries(errorTable) as [ErrorCode, ErrorTraits][];

function codesWhere(isSubject: (traits: ErrorTraits, code: ErrorCode) => boolean): readonly ErrorCode[] {
  return rows.filter(([code, traits]) => isSubject(traits, code)).map(([code]) => code);
}

/** Baidu's codes with these numbers, in the words of its own page. */
const baidu = (...numbers: readonly number[]): readonly ErrorCode[] =>
  numbers.map((number) => findCodeByNumber(number)).filter((code) => code !== undefined);

describe('retryable', () => {
  it('is what the Python and Go SDKs retry of the documented numbers', () => {
    // python/qianfan/consts.py: retry_err_codes; 336501 and 336502 are the limits of the newer pages.
    const retried = new Set([2, 15, 18, 336100, 336501, 336502]);
    const documented = codesWhere((traits, code) => findCodeByNumber(traits.errorCode) === code);
    expect(documented.filter((code) => errorTable[code].retryable)).toEqual(
      documented.filter((code) => retried.has(errorTable[code].errorCode)),
    );
  });

  it('is never refused by the queue: what may succeed in a moment may succeed in minutes', () => {
    expect(codesWhere(({ retryable, disposition }) => retryable && disposition === 'refused')).toEqual([]);
  });

  it('is nothing that the client has to mend first', () => {
    // Of the 4xx a client may only wait for two: a limit, and a request of its own that is under way.
    const waiting = [409, 429];
    expect(codesWhere(({ retryable, status }) => retryable && status < 500 && !waiting.includes(status))).toEqual([]);
  });
});

describe('mayBeCharged', () => {
  it('is nothing that was not sent: no connection, a closed gate, a request that was refused', () => {
    const unsent = codesWhere((_traits, code) => /connect|circuit_open|^invalid_|_too_long$|_too_large$/.test(code));
    expect(unsent.length).toBeGreaterThan(5);
    expect(unsent.filter((code) => errorTable[code].mayBeCharged)).toEqual([]);
  });

  it('is no limit: what is over a limit is not served', () => {
    expect(codesWhere(({ mayBeCharged, status }) => mayBeCharged && status === 429)).toEqual([]);
  });

  it('is every end that comes after the request was sent: a broken connection, a silence, half an answer', () => {
    const codes: readonly ErrorCode[] = [
      'upstream_unreachable',
      'upstream_http_error',
      'upstream_truncated',
      'upstream_timeout',
      'upstream_idle_timeout',
      'upstream_empty_answer',
    ];
    expect(codes.filter((code) => !errorTable[code].mayBeCharged)).toEqual([]);
  });
});

describe('fallsBack', () => {
  it('moves on wherever the upstream would be asked again, but not for what the gateway does not know itself', () => {
    const own = codesWhere(
      (traits, code) => traits.retryable && traits.fallsBack === 'no' && !/^(?:idempotency|sign_in)_/.test(code),
    );
    expect(own).toEqual([]);
  });

  it('does not ask elsewhere what may be charged already, unless the connection broke before any answer', () => {
    const charged = codesWhere(({ mayBeCharged, fallsBack }) => mayBeCharged && fallsBack !== 'no');
    expect(charged.filter((code) => !errorTable[code].retryable)).toEqual([]);
  });

  it('does not ask elsewhere what is wrong with the request', () => {
    expect(codesWhere(({ status, fallsBack }) => [400, 401, 403, 413].includes(status) && fallsBack === 'yes')).toEqual(
      [],
    );
  });

  it('leaves an unknown name alone, which is more likely misspelt than gone', () => {
    expect(codesWhere(({ status, fallsBack }) => status === 404 && fallsBack === 'yes')).toEqual([]);
    expect(baidu(3, 336005).map((code) => errorTable[code].fallsBack)).toEqual([
      'for_known_models',
      'for_known_models',
    ]);
  });
});

describe('continuesStream', () => {
  it('is nothing that the caller, a limit or the deadline brought about', () => {
    const ended = codesWhere(({ status, fault }) => [429, 499].includes(status) || fault === 'caller');
    expect(ended.filter((code) => errorTable[code].continuesStream)).toEqual([]);
    expect(errorTable.deadline_exceeded.continuesStream).toBe(false);
  });

  it('is every way in which a stream of an upstream dies', () => {
    const deaths = codesWhere((_traits, code) => /^upstream_(?:unreachable|truncated|.*timeout)$/.test(code));
    expect(deaths.length).toBeGreaterThan(3);
    expect(deaths.filter((code) => !errorTable[code].continuesStream)).toEqual([]);
  });
});

describe('circuit', () => {
  it('takes no limit for a failure: an upstream that limits is up', () => {
    expect(codesWhere(({ status, circuit }) => status === 429 && circuit !== 'success')).toEqual([]);
  });

  it('takes nothing that a caller can bring about for a failure', () => {
    expect(codesWhere(({ fault, circuit }) => fault.startsWith('caller') && circuit === 'failure')).toEqual([]);
  });

  it('takes every way of not answering for a failure', () => {
    const down = codesWhere((_traits, code) =>
      /^upstream_(?:connect_failed|unreachable|truncated|.*timeout)$/.test(code),
    );
    expect(down.length).toBeGreaterThan(4);
    expect(down.filter((code) => errorTable[code].circuit !== 'failure')).toEqual([]);
  });

  it('takes overload and a service that is not available for a failure', () => {
    expect(baidu(2, 336100).map((code) => errorTable[code].circuit)).toEqual(['failure', 'failure']);
  });

  it('learns nothing from a caller who left, a deadline, a bug, or an answer that cannot be read', () => {
    const codes: readonly ErrorCode[] = [
      'client_disconnected',
      'deadline_exceeded',
      'internal_error',
      'upstream_invalid_response',
    ];
    expect(codes.filter((code) => errorTable[code].circuit !== 'nothing')).toEqual([]);
  });
});

describe('disposition', () => {
  it('refuses no message for credentials, quotas, the network or a deadline', () => {
    const others = [401, 408, 429, 499, 500, 503, 504];
    expect(codesWhere(({ disposition, status }) => disposition === 'refused' && others.includes(status))).toEqual([]);
  });

  it('refuses a message that is not valid, and one whose answer would be as long, or as empty, each time', () => {
    const wrong = codesWhere(
      ({ status }, code) => status === 400 || status === 413 || /_too_large$|_empty_/.test(code),
    );
    expect(wrong).toContain('upstream_empty_answer');
    expect(wrong.filter((code) => errorTable[code].disposition !== 'refused')).toEqual([]);
  });

  it("slows the queue for Baidu's limits and overload, and for nothing else", () => {
    expect(codesWhere(({ disposition }) => disposition === 'rate_limited')).toEqual(
      baidu(4, 17, 18, 19, 336100, 336501, 336502),
    );
  });
});

describe('fault', () => {
  it('is told apart for the two kinds of limits, and nothing else is a limit', () => {
    expect(codesWhere(({ status, fault }) => (status === 429) !== fault.endsWith('_limit'))).toEqual([]);
  });

  it('is not the caller where the status says that it is the server, nor the upstream where it is a bad request', () => {
    expect(codesWhere(({ status, fault }) => status >= 500 && fault.startsWith('caller'))).toEqual([]);
    expect(codesWhere(({ status, fault }) => status === 400 && fault !== 'caller')).toEqual([]);
  });
});

describe('refuses', () => {
  it('is by which number Qianfan refuses a signature and a token', () => {
    expect(codesWhere(({ refuses }) => refuses === 'signature')).toEqual(baidu(14));
    expect(codesWhere(({ refuses }) => refuses === 'access_token')).toEqual(baidu(100, 110, 111));
  });
});
