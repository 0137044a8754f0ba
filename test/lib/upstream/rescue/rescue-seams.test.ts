import * as fc from 'fast-check';
import type { ErrorCode } from '../../../../lib/core/errors.ts';
import { createContinuingUpstream, endOf, prompt, readRescued, requestOf } from './continuing-upstream.ts';
import type { Life } from './continuing-upstream.ts';

describe('a stop item', () => {
  const story = 'once upon a timeEND and then';
  const cut = story.indexOf('END') + 1;

  it.each([
    ['stays on the text', true, 'once upon a timeEND'],
    ['is left out', false, 'once upon a time'],
  ])('that spans the seam ends the text, and %s as the upstream has it', async (_how, includesStop, expected) => {
    const lives = [
      { diesAfter: cut, includesStop },
      { includesStop, pieceLength: 1 },
    ];
    const upstream = createContinuingUpstream(story, lives);
    const outcome = await readRescued(upstream, requestOf({ stop: ['END'] }), { maxRescues: 1 });
    expect(upstream.asked[1]?.prompt).toBe(prompt + story.slice(0, cut));
    expect(outcome).toMatchObject({ text: expected, error: undefined });
    expect(outcome.last).toMatchObject({ isEnd: true, finishReason: 'stop', rescues: 1, includesStop });
    expect(upstream.open()).toBe(0);
    // Two pieces of the continuation; the rest is cancelled.
    expect(upstream.pieces()).toBe(Math.ceil(cut / 3) + 2);
  });

  it('that spans the seam and ends in the last piece is why the text ended, whatever the upstream says', async () => {
    const lives: Life[] = [{ diesAfter: cut }, { ignoresStop: true, pieceLength: story.length }];
    const upstream = createContinuingUpstream(story, lives);
    const maxTokens = story.length - 2;
    const outcome = await readRescued(upstream, requestOf({ stop: ['END'], maxTokens }), { maxRescues: 1 });
    expect(outcome.text).toBe('once upon a time');
    expect(outcome.last).toMatchObject({ isEnd: true, finishReason: 'stop', rescues: 1 });
  });

  it('that only began before the seam is given back', async () => {
    const lives = [{ diesAfter: 6 }];
    const outcome = await readRescued(createContinuingUpstream('a=E and', lives), requestOf({ stop: ['END'] }), {
      maxRescues: 1,
    });
    expect(outcome.text).toBe('a=E and');
    const failed = await readRescued(createContinuingUpstream('abE', lives), requestOf({ stop: ['END'] }), {
      maxRescues: 1,
    });
    expect(failed.text).toBe('abE');
  });

  it('is given back as well when there is no rescue left', async () => {
    const lives = [{ diesAfter: 3, of: 'input_too_long' as const }];
    const outcome = await readRescued(createContinuingUpstream('abEND', lives), requestOf({ stop: ['END'] }), {
      maxRescues: 1,
    });
    expect(outcome).toMatchObject({ text: 'abE', error: { code: 'input_too_long' } });
  });

  it('is given back as well when the continuation cannot be had', async () => {
    const lives = [{ diesAfter: 3 }, { isStillborn: true, of: 'input_too_long' as const }];
    const upstream = createContinuingUpstream('abEND', lives);
    const outcome = await readRescued(upstream, requestOf({ stop: ['END'] }), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text: 'abE', error: { code: 'upstream_truncated' } });
  });

  it.each([
    ['left out', false, 'ab'],
    ['left on', true, 'abEND'],
  ])(
    'that came before the death, within one piece, ends the text where it is %s',
    async (_how, includesStop, expected) => {
      const lives = [{ ignoresStop: true, diesAfter: 10, pieceLength: 20, includesStop }];
      const upstream = createContinuingUpstream('abENDcdefghENDij', lives);
      const outcome = await readRescued(upstream, requestOf({ stop: ['END'] }), { maxRescues: 1 });
      expect(outcome).toMatchObject({ text: expected, error: undefined, rescuedFrom: [] });
      expect(outcome.last).toMatchObject({ isEnd: true, finishReason: 'stop', rescues: 0 });
      expect([upstream.asked.length, upstream.open()]).toEqual([1, 0]);
    },
  );

  it('that an upstream leaves on the text, but goes on behind, ends it where the item does', async () => {
    const lives = [{ ignoresStop: true, pieceLength: 5, includesStop: true }];
    const upstream = createContinuingUpstream('abENDcdefghENDij', lives);
    const outcome = await readRescued(upstream, requestOf({ stop: ['END'] }), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text: 'abEND', last: { isEnd: true, finishReason: 'stop' } });
  });

  it('with half a character behind it ends the text when the upstream dies there', async () => {
    const lives = [{ ignoresStop: true, diesAfter: 6, pieceLength: 1, includesStop: true }];
    const upstream = createContinuingUpstream('abEND🚀cd', lives);
    const outcome = await readRescued(upstream, requestOf({ stop: ['END'] }), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text: 'abEND', rescuedFrom: [], last: { isEnd: true, finishReason: 'stop' } });
  });

  it('that another upstream leaves on the text is taken off if the first one does not', async () => {
    const lives = [{ diesAfter: 4 }, { includesStop: true, pieceLength: 1 }];
    const outcome = await readRescued(createContinuingUpstream(story, lives), requestOf({ stop: ['END'] }), {
      maxRescues: 1,
    });
    expect(outcome).toMatchObject({ text: 'once upon a time', last: { includesStop: false } });
  });
});

describe('half a character', () => {
  it('at the end of what has come is asked for again', async () => {
    const upstream = createContinuingUpstream('ab🚀cd', [{ diesAfter: 3 }]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 1 });
    expect(upstream.asked[1]?.prompt).toBe(`${prompt}ab`);
    expect(outcome.text).toBe('ab🚀cd');
  });
});

describe('whatever the text and wherever the upstream dies', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('a', 'b', 'E', '🚀'), maxLength: 30 }),
  );
  const lifeOf = (includesStop: fc.Arbitrary<boolean>): fc.Arbitrary<Life & { diesAfter: number }> =>
    fc.record({
      diesAfter: fc.nat(12),
      of: fc.constantFrom<ErrorCode>('upstream_truncated', 'high_load', 'upstream_timeout'),
      usage: fc.constantFrom('always', 'end', 'never'),
      pieceLength: fc.integer({ min: 1, max: 5 }),
      includesStop,
    });
  // An upstream that leaves the item out does not say which it was: with items that overlap it may be another one than
  // it would have been without a death.
  const overlap = (one: string, other: string): boolean =>
    other.includes(one) || one.split('').some((_, from) => from > 0 && other.startsWith(one.slice(from)));
  const stops = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'b', 'E'), minLength: 1, maxLength: 3 }), { maxLength: 4 })
    .filter((items) => !items.some((one, at) => items.some((other, index) => at !== index && overlap(one, other))))
    .filter(
      (items) => !items.some((item) => item.split('').some((_, from) => from > 0 && item.startsWith(item.slice(from)))),
    );

  it('at most three times, the caller gets all of it', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.array(lifeOf(fc.boolean()), { maxLength: 3 }), async (whole, lives) => {
        const upstream = createContinuingUpstream(whole, lives);
        const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3 });
        expect(outcome.error).toBeUndefined();
        expect(outcome.text).toBe(whole);
        expect(outcome.last).toMatchObject({ isEnd: true, rescues: lives.length });
        expect(upstream.open()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('more often than that, the caller gets the beginning of it and the error', async () => {
    const lives = fc.array(lifeOf(fc.boolean()), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(texts, lives, async (whole, four) => {
        const outcome = await readRescued(createContinuingUpstream(whole, four), requestOf(), { maxRescues: 3 });
        expect(outcome.error).toMatchObject({ code: four[3]?.of });
        expect(whole.startsWith(outcome.text)).toBe(true);
        expect(outcome.chunks.some(({ isEnd }) => isEnd)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it.each([true, false])(
    'a stop item ends it where it would without a death, left on the text: %j',
    async (includesStop) => {
      const lives = fc.array(lifeOf(fc.constant(includesStop)), { maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(texts, lives, stops, async (whole, dying, stop) => {
          const after = { includesStop, pieceLength: 2 };
          const upstream = createContinuingUpstream(whole, [...dying, after]);
          const outcome = await readRescued(upstream, requestOf({ stop }), { maxRescues: 3 });
          expect(outcome.error).toBeUndefined();
          expect(outcome.text).toBe(whole.slice(0, endOf(whole, stop, includesStop).kept));
        }),
        { numRuns: 300 },
      );
    },
  );
});
