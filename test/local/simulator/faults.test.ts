import { createFaultUses, keepSizes, parseFaults } from '../../../local/simulator/faults.ts';

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

it('keepSizes keeps only what sizes the answer', () => {
  expect(keepSizes({ words: 9, frames: 3, reset: true, times: 1, frame_delay_ms: 5 })).toEqual({ words: 9, frames: 3 });
  expect(keepSizes({ reset: true })).toEqual({});
});
