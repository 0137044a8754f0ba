import { createBestSecond } from '../../../lib/queue/best-second.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';

function create() {
  const clock = createFakeClock();
  const best = createBestSecond(clock);
  const note = (answers: number): void => {
    for (let answer = 0; answer < answers; answer += 1) best.note();
  };
  return { clock, best, note };
}

describe('createBestSecond', () => {
  it('is a tenth before any answer', () => {
    expect(create().best.read()).toBe(0.1);
  });

  it('is the most answers of one second', () => {
    const { clock, best, note } = create();
    for (const answers of [2, 5, 3]) {
      note(answers);
      clock.advance(1_000);
    }
    expect(best.read()).toBe(5);
  });

  it('is remembered for two minutes at least, and for four at most while answers come', () => {
    const { clock, best, note } = create();
    clock.advance(119_000);
    note(5);
    for (let second = 0; second < 120; second += 1) {
      clock.advance(1_000);
      note(1);
      expect(best.read()).toBe(5);
    }
    clock.advance(120_000);
    note(1);
    expect(best.read()).toBe(1);
  });

  it('is forgotten in a pause that is long enough, once an answer comes', () => {
    const { clock, best, note } = create();
    note(5);
    clock.advance(240_000);
    note(1);
    expect(best.read()).toBe(1);
  });

  it('is forgotten when no answer has come for four minutes', () => {
    const { clock, best, note } = create();
    note(5);
    clock.advance(240_000);
    expect(best.read()).toBe(0.1);
  });
});
