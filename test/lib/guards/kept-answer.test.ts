import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { openAnswer, sealAnswer } from '../../../lib/guards/kept-answer.ts';

const key = randomBytes(32);
const answerOf = (body: string) => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body });
const isOpened = (text: string, withKey = key): Promise<boolean> =>
  openAnswer(text, withKey).then(
    () => true,
    () => false,
  );

describe('a sealed answer', () => {
  it('opens to what it was, whatever that was', async () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 3_000 }));
    // Names as responses have them; __proto__ is none.
    const headers = fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z-]{0,30}$/), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.record({ status: fc.nat(), headers, body: texts }), async (answer) => {
        expect(await openAnswer(await sealAnswer(answer, key), key)).toEqual(answer);
      }),
    );
  });

  it.each(['short', 'long '.repeat(1_000)])(
    'shows nothing of its content, and is never the same twice (%#)',
    async (body) => {
      const first = await sealAnswer(answerOf(body), key);
      expect(first).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(Buffer.from(first, 'base64').toString('latin1')).not.toMatch(/short|long|Content/);
      expect(await sealAnswer(answerOf(body), key)).not.toBe(first);
    },
  );

  it('is compressed when it is large', async () => {
    expect((await sealAnswer(answerOf('long '.repeat(10_000)), key)).length).toBeLessThan(1_000);
  });

  it.each(['short', 'long '.repeat(1_000)])(
    'opens with no other key, and not when a byte is another (%#)',
    async (body) => {
      const sealed = await sealAnswer(answerOf(body), key);
      expect(await isOpened(sealed, randomBytes(32))).toBe(false);
      const bytes = Buffer.from(sealed, 'base64');
      for (const index of bytes.keys()) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ 1;
        expect(await isOpened(changed.toString('base64'))).toBe(false);
      }
    },
  );

  it.each(['', 'AA==', '!'])('is not %j', async (text) => {
    expect(await isOpened(text)).toBe(false);
  });
});
