import { array, assert, boolean, property } from 'fast-check';
import { createRetryBudget } from '../../../lib/upstream/retry-budget.ts';

function spendAll(budget: ReturnType<typeof createRetryBudget>): number {
  let spent = 0;
  while (budget.spend()) spent += 1;
  return spent;
}

describe('createRetryBudget', () => {
  it.each([0, 1, 10, 1_000])('begins with %i retries', (retries) => {
    expect(spendAll(createRetryBudget(retries))).toBe(retries);
  });

  it('earns a retry with 5 requests, exactly', () => {
    const budget = createRetryBudget(10);
    spendAll(budget);
    for (let request = 1; request <= 45; request += 1) {
      budget.earn();
      expect(budget.spend()).toBe(request % 5 === 0);
    }
  });

  it('saves no more than it began with, however long all was well', () => {
    const budget = createRetryBudget(10);
    for (let request = 0; request < 1_000; request += 1) budget.earn();
    expect(spendAll(budget)).toBe(10);
  });

  it('never lets n requests make more than 1.2 × n + 10 attempts, in whatever order they come', () => {
    assert(
      property(array(boolean(), { maxLength: 500 }), (isRequest) => {
        const budget = createRetryBudget(10);
        let requests = 0;
        let attempts = 0;
        for (const isOne of isRequest) {
          if (isOne) {
            budget.earn();
            requests += 1;
            attempts += 1;
          } else if (budget.spend()) {
            attempts += 1;
          }
          expect(attempts * 5).toBeLessThanOrEqual(requests * 6 + 50);
        }
      }),
    );
  });
});
