import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { openText, sealText } from '../../../lib/claims/sealed-text.ts';

const key = randomBytes(32);
const isOpened = (text: string, withKey = key): Promise<boolean> =>
  openText(text, withKey).then(
    () => true,
    () => false,
  );

describe('a sealed text', () => {
  it('opens to what it was, whatever that was', async () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 3_000 }));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await openText(await sealText(text, key), key)).toBe(text.toWellFormed());
      }),
    );
  });

  it.each(['short', 'long '.repeat(1_000)])(
    'shows nothing of its content, and is never the same twice (%#)',
    async (body) => {
      const first = await sealText(body, key);
      expect(first).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(Buffer.from(first, 'base64').toString('latin1')).not.toMatch(/short|long/);
      expect(await sealText(body, key)).not.toBe(first);
    },
  );

  it('is compressed when it is large', async () => {
    expect((await sealText('long '.repeat(10_000), key)).length).toBeLessThan(1_000);
  });

  it.each(['short', 'long '.repeat(1_000)])(
    'opens with no other key, and not when a byte is another (%#)',
    async (body) => {
      const sealed = await sealText(body, key);
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
