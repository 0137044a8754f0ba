import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { sealText } from '../../../lib/claims/sealed-text.ts';
import { openAnswer, sealAnswer } from '../../../lib/guards/kept-answer.ts';

const key = randomBytes(32);

describe('a kept answer', () => {
  it('opens to what it was, whatever that was', async () => {
    // Names as responses have them; __proto__ is none.
    const headers = fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z-]{0,30}$/), fc.string());
    const body = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(fc.record({ status: fc.nat(), headers, body }), async (answer) => {
        expect(await openAnswer(await sealAnswer(answer, key), key)).toEqual(answer);
      }),
    );
  });

  it('opens with no other key', async () => {
    const sealed = await sealAnswer({ status: 200, headers: {}, body: 'text' }, key);
    await expect(openAnswer(sealed, randomBytes(32))).rejects.toThrow('unable to authenticate data');
  });

  it.each(['', 'null', '{"status":200}', '{"status":"200","headers":{},"body":""}'])('is not %j', async (text) => {
    await expect(openAnswer(await sealText(text, key), key)).rejects.toMatchObject({ name: '$ZodError' });
  });
});
