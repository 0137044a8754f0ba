import { median, percentile, sort, spread } from '../../../lab/bench/statistics.ts';

const hundred = sort(Array.from({ length: 100 }, (_, index) => 100 - index));

describe('percentile', () => {
  it.each([
    [1, 1],
    [50, 50],
    [99, 99],
    [99.5, 100],
    [100, 100],
  ])('%s of 1 to 100 is %s', (percent, value) => {
    expect(percentile(hundred, percent)).toBe(value);
  });

  it('of one value is that value', () => {
    expect(percentile(sort([7]), 1)).toBe(7);
    expect(percentile(sort([7]), 99)).toBe(7);
  });

  it('orders by value, not by spelling', () => {
    expect(percentile(sort([10, 9, 100]), 50)).toBe(10);
  });

  it('of no values is refused', () => {
    expect(() => percentile(sort([]), 50)).toThrow('no values');
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    expect(median([30, 10, 20])).toBe(20);
    expect(median([40, 10, 20, 30])).toBe(25);
    expect(median([5])).toBe(5);
  });
});

describe('spread', () => {
  it('is the distance of the extremes as a share of the median', () => {
    expect(spread([90, 100, 120])).toBeCloseTo(0.3);
    expect(spread([100, 100])).toBe(0);
  });
});
