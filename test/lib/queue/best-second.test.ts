import { countAnswer, noSecond, readBestSecond } from '../../../lib/queue/best-second.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

function create() {
  const clock = createFakeClock();
  let state = noSecond;
  const note = (answers: number): void => {
    for (let answer = 0; answer < answers; answer += 1) state = countAnswer(state, clock.now());
  };
  return { clock, note, read: () => readBestSecond(state, clock.now()) };
}

describe('the best second', () => {
  it('is a tenth before any answer', () => {
    expect(create().read()).toBe(0.1);
  });

  it('is the most answers of one second', () => {
    const { clock, note, read } = create();
    for (const answers of [2, 5, 3]) {
      note(answers);
      clock.advance(1_000);
    }
    expect(read()).toBe(5);
  });

  it('is remembered for two minutes at least, and for four at most while answers come', () => {
    const { clock, note, read } = create();
    clock.advance(119_000);
    note(5);
    for (let second = 0; second < 120; second += 1) {
      clock.advance(1_000);
      note(1);
      expect(read()).toBe(5);
    }
    clock.advance(120_000);
    note(1);
    expect(read()).toBe(1);
  });

  it('is forgotten in a pause that is long enough, once an answer comes', () => {
    const { clock, note, read } = create();
    note(5);
    clock.advance(240_000);
    note(1);
    expect(read()).toBe(1);
  });

  it('is forgotten when no answer has come for four minutes', () => {
    const { clock, note, read } = create();
    note(5);
    clock.advance(240_000);
    expect(read()).toBe(0.1);
  });
});
