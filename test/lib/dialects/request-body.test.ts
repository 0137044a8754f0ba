import * as fc from 'fast-check';
import { refuseLoneSurrogates } from '../../../lib/dialects/request-body.ts';

const smile = '😀';
const [high, low] = [smile.slice(0, 1), smile.slice(1)];

function isRefused(value: unknown): boolean {
  try {
    refuseLoneSurrogates(value, 'prompt');
    return false;
  } catch {
    return true;
  }
}

describe('refuseLoneSurrogates', () => {
  it.each([
    ['a text that was cut', `def${smile}`.slice(0, 4), 'prompt has half of a surrogate pair (UTF-16) at position 3'],
    ['the second half alone', `${low}x`, 'prompt has half of a surrogate pair (UTF-16) at position 0'],
    [
      'the halves in the wrong order',
      `${smile}${low}${high}`,
      'prompt has half of a surrogate pair (UTF-16) at position 2',
    ],
    ['one of several texts', ['a', smile, `b${high}`], 'prompt[2] has half of a surrogate pair (UTF-16) at position 1'],
    [
      'a message',
      [{ role: 'user', content: `canary${high}` }],
      'prompt[0].content has half of a surrogate pair (UTF-16) at position 6',
    ],
    ['a name', { [`canary${high}`]: 1 }, 'a name in prompt has half of a surrogate pair (UTF-16) at position 6'],
    [
      'what has a strange name',
      { 'canary!': low },
      'a member of prompt has half of a surrogate pair (UTF-16) at position 0',
    ],
  ])('refuses %s, says where, and shows nothing of it', (_name, value, start) => {
    const refuse = () => refuseLoneSurrogates(value, 'prompt');
    const refusal = { code: 'invalid_parameter', status: 400, errorCode: 336003, parameter: 'prompt' };
    expect(refuse).toThrow(expect.objectContaining(refusal));
    expect(refuse).toThrow(start);
    expect(refuse).not.toThrow('canary');
  });

  it('names the first of several', () => {
    expect(() => refuseLoneSurrogates(['a', low, high], 'stop')).toThrow(/^stop\[1\] /);
  });

  it.each([[''], [smile], [['a', smile]], [undefined], [null], [7], [true], [{ a: [{ b: smile }] }]])(
    'lets %j pass',
    (value) => {
      expect(() => refuseLoneSurrogates(value, 'prompt')).not.toThrow();
    },
  );

  it('minds neither depth nor length', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(() => refuseLoneSurrogates(deep, 'messages')).not.toThrow();
    const long = [...Array.from({ length: 300_000 }, () => 'a'), high];
    expect(() => refuseLoneSurrogates(long, 'prompt')).toThrow(/^prompt\[300000\] /);
  });

  it('refuses exactly the texts that UTF-8 does not bring back', () => {
    const unit = fc.constantFrom('a', '千', smile, high, low);
    fc.assert(
      fc.property(
        fc.array(unit).map((units) => units.join('')),
        (text) => {
          const isCarried = Buffer.from(text).toString() === text;
          expect(isRefused({ text })).toBe(!isCarried);
        },
      ),
    );
  });
});
