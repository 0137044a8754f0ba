// A short soak is sound, and an unsound one is found out.
import { judge } from '../../lab/soak/judge.ts';
import type { SoakFigures } from '../../lab/soak/judge.ts';
import { findSurprise } from '../../lab/soak/run-load.ts';
import { soak } from '../../lab/soak/soak.ts';

it('mixed load with faults leaves nothing unexplained, in a few seconds of it', async () => {
  const { lines, violations } = await soak({ seconds: 3, callers: 16, faultPercent: 40, words: 40, seed: 7 });
  process.stdout.write(`soak: ${lines.join('; ')}\n`);
  expect(violations).toEqual([]);
  expect(lines[0]).toMatch(/^[1-9]\d* requests, [1-9]\d* of them streams; [1-9]\d* met a fault; 0 unexplained$/);
}, 60_000);

describe('what a caller gets is', () => {
  const text = (): string => 'whole';

  it('as expected, or a surprise', () => {
    expect(findSurprise('text', { kind: 'text', text: 'whole', firstEventMs: 1 }, text)).toBeUndefined();
    expect(findSurprise(['invalid_parameter'], { kind: 'error', code: 336003 }, text)).toBeUndefined();
    expect(findSurprise(['invalid_parameter'], { kind: 'error', code: 'invalid_parameter' }, text)).toBeUndefined();
    expect(findSurprise('leaves', { kind: 'left' }, text)).toBeUndefined();
    expect(findSurprise('text', { kind: 'text', text: 'who', firstEventMs: 1 }, text)).toBe('another text');
    expect(findSurprise('text', { kind: 'error', code: 336000 }, text)).toBe('the error 336000');
    expect(findSurprise(['invalid_parameter'], { kind: 'error', code: 1 }, text)).toBe('the error 1');
    expect(findSurprise(['invalid_parameter'], { kind: 'text', text: 'whole', firstEventMs: 1 }, text)).toMatch(
      /a text/,
    );
    expect(findSurprise('text', { kind: 'broken', what: 'an end without a word' }, text)).toMatch(/end/);
  });
});

describe('the verdict', () => {
  const load = {
    requests: 9,
    streams: 8,
    faults: 1,
    unexplained: new Map(),
    firstEventMs: { gateway: [], direct: [] },
  };
  const sampleOf = (index: number, growth: number) => ({ residentBytes: 1e8 + index * growth, handles: 20 });
  const figuresOf = (growth: number, handlesAfter: number): SoakFigures => ({
    load,
    samples: Array.from({ length: 50 }, (_, index) => sampleOf(index, growth)),
    atRest: [sampleOf(0, 0), { ...sampleOf(0, 0), handles: handlesAfter }],
  });

  it('finds growing memory, open handles and unexplained answers', () => {
    expect(judge(figuresOf(0, 20)).violations).toEqual([]);
    expect(judge(figuresOf(2e6, 20)).violations).toEqual(['memory grew']);
    expect(judge(figuresOf(0, 50)).violations).toEqual(['handles were left open']);
    const unexplained = new Map([['healthy, v1 stream: another text', 2]]);
    expect(judge({ ...figuresOf(0, 20), load: { ...load, unexplained } }).violations).toEqual([
      'unexplained, 2 times: healthy, v1 stream: another text',
    ]);
  });
});
