import { concerns, createFaultUses, errorOf, keepSizes, parseFaults } from '../../../local/simulator/faults.ts';

describe('parseFaults', () => {
  it('leaves a prompt without a directive exactly as it is', () => {
    const prompt = '  What is a [faulty] line? [Fault]\n';
    expect(parseFaults(prompt)).toEqual({ prompt, faults: {} });
  });

  it.each([
    ['[fault error_code=18]', '', { error_code: 18 }],
    ['Hello [fault error_code=18 times=2]', 'Hello', { error_code: 18, times: 2 }],
    ['[fault reset]\nHello', 'Hello', { reset: true }],
    ['Hello [fault  body=html\thttp_status=502 ] world', 'Hello world', { body: 'html', http_status: 502 }],
    ['a [fault frames=3] b [fault words=9] c', 'a b c', { frames: 3, words: 9 }],
    ['[fault]', '', {}],
  ])('takes the directive out of %j', (text, prompt, faults) => {
    expect(parseFaults(text)).toEqual({ prompt, faults });
  });

  it.each([
    ['[fault tolerance]', 'unknown fault tolerance'],
    ['[fault toString=1]', 'unknown fault toString'],
    ['[fault reset=1]', 'fault reset takes no value'],
    ['[fault frames]', 'fault frames must be a number in [1, 100000]'],
    ['[fault frames=0]', 'fault frames must be a number in [1, 100000]'],
    ['[fault frames=1=2]', 'fault frames must be a number in [1, 100000]'],
    ['[fault http_status=200]', 'fault http_status must be a number in [400, 599]'],
    ['[fault body=pdf]', 'fault body must be one of html, malformed, empty'],
    ['[fault only=v3]', 'fault only must be one of v1, v2'],
    ['[fault v1_gone=1]', 'fault v1_gone takes no value'],
    ['[fault reset', 'fault directive has no closing bracket'],
  ])('says what is wrong with %s', (text, problem) => {
    expect(parseFaults(text)).toBe(problem);
  });

  it('names no more than the beginning of a long unknown fault', () => {
    expect(parseFaults(`[fault ${'x'.repeat(1000)}]`)).toBe(`unknown fault ${'x'.repeat(40)}`);
  });

  it('reads a prompt full of openings in one go', () => {
    const prompt = '[faults '.repeat(100_000);
    expect(parseFaults(prompt)).toEqual({ prompt, faults: {} });
  });
});

describe('createFaultUses', () => {
  it('counts for each prompt on its own', () => {
    const uses = createFaultUses();
    expect([uses.take('a', 2), uses.take('a', 2), uses.take('a', 2)]).toEqual([true, true, false]);
    expect(uses.take('b', 2)).toBe(true);
  });
});

it('names the errors that error may be', () => {
  expect(parseFaults('[fault error=no_such_error]')).toMatch(/^fault error must be one of malformed_json, /);
});

it.each([
  [{}, true, true],
  [{ only: 'v1' }, true, false],
  [{ only: 'v2' }, false, true],
  [{ v1_gone: true }, true, false],
  [{ v1_gone: true, only: 'v2' }, false, true],
] as const)('%j concerns V1: %s, V2: %s', (faults, v1, v2) => {
  expect([concerns(faults, 'v1'), concerns(faults, 'v2')]).toEqual([v1, v2]);
});

it('errorOf tells the error for both sides', () => {
  expect(errorOf({ reset: true })).toBeUndefined();
  expect(errorOf({ error_code: 18 })).toEqual({ errorCode: 18 });
  expect(errorOf({ error: 'tokens_too_long' })).toEqual({ errorCode: 336103, v2Code: 'tokens_too_long' });
  expect(errorOf({ error: 'model_offline', error_code: 3 })).toEqual({ errorCode: 3, v2Code: 'model_offline' });
});

it('keepSizes keeps only what sizes the answer', () => {
  expect(keepSizes({ words: 9, frames: 3, reset: true, times: 1, frame_delay_ms: 5 })).toEqual({ words: 9, frames: 3 });
  expect(keepSizes({ reset: true })).toEqual({});
});
