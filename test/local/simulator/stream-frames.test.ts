import * as fc from 'fast-check';
import { createFrames, splitInsideCharacters } from '../../../local/simulator/stream-frames.ts';

it('writes a frame as documented, byte for byte', () => {
  const [first, last] = createFrames({
    id: 'as-1',
    promptTokens: 5,
    pieces: ['One two', ' three.'],
    createdSeconds: () => 1_693_811_126,
    marksEnd: true,
  });
  expect(first).toBe(
    'data: {"id":"as-1","object":"completion","created":1693811126,"sentence_id":0,"is_end":false,' +
      '"result":"One two","is_safe":1,"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}\n\n',
  );
  expect(last).toBe(
    'data: {"id":"as-1","object":"completion","created":1693811126,"sentence_id":1,"is_end":true,' +
      '"result":" three.","is_safe":1,"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":8}}\n\n',
  );
});

it('leaves usage out of a frame when told so', () => {
  const frames = createFrames({
    id: 'as-1',
    promptTokens: 5,
    pieces: ['One'],
    createdSeconds: () => 1,
    marksEnd: true,
    hasUsage: false,
  });
  expect(Array.from(frames).join('')).not.toContain('usage');
});

it('leaves no character of several bytes whole in one run, and joins to the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const runs = splitInsideCharacters(text);
      expect(Buffer.concat(runs).toString()).toBe(text);
      for (const run of runs) expect(Buffer.from(run).toString()).toMatch(/^[\0-\x7f\ufffd]*$/);
    }),
  );
});
