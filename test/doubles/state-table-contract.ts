// What every StateTable does, whatever is behind it.
import { randomUUID } from 'node:crypto';
import { longestValueBytes } from '../../lib/core/state-table.ts';
import type { StateTable } from '../../lib/core/state-table.ts';

export interface StateTableUnderTest {
  /** Called within the tests; keys of one test are not used by another. */
  readonly getTable: () => StateTable;
  /** Sets the table's clock, which stands at 1,000 when a test begins. */
  readonly setNowSeconds: (nowSeconds: number) => void;
}

const { signal } = new AbortController();
const until = { expiresAtSeconds: 2_000 };

export function describeStateTable({ getTable, setNowSeconds }: StateTableUnderTest): void {
  describe('counters', () => {
    it('begin at 0 and give their new value with each addition', async () => {
      const key = randomUUID();
      expect(await getTable().count(key, signal)).toBe(0);
      expect(await getTable().add(key, 3, 2_000, signal)).toBe(3);
      expect(await getTable().add(key, 4, 2_000, signal)).toBe(7);
      expect(await getTable().count(key, signal)).toBe(7);
    });

    it('sum up 100 additions at the same time, and no two of them see the same sum', async () => {
      const key = randomUUID();
      const sums = await Promise.all(Array.from({ length: 100 }, () => getTable().add(key, 2, 2_000, signal)));
      expect(new Set(sums).size).toBe(100);
      expect(Math.max(...sums)).toBe(200);
      expect(await getTable().count(key, signal)).toBe(200);
    });

    it('count nothing once they have expired', async () => {
      const key = randomUUID();
      await getTable().add(key, 1, 1_500, signal);
      setNowSeconds(1_499);
      expect(await getTable().count(key, signal)).toBe(1);
      setNowSeconds(1_500);
      expect(await getTable().count(key, signal)).toBe(0);
    });
  });

  describe('items', () => {
    it('are read as they were written, under a version that changes with each write', async () => {
      const key = `${'键'.repeat(340)}/1`;
      const first = await getTable().write(key, '{"text":"文"}', until, signal);
      expect(await getTable().read(key, signal)).toEqual({ value: '{"text":"文"}', version: first });
      const second = await getTable().write(key, '', { ...until, replaces: first ?? '' }, signal);
      expect(second).not.toBe(first);
      expect(await getTable().read(key, signal)).toEqual({ value: '', version: second });
    });

    it('are not there before they are written', async () => {
      expect(await getTable().read(randomUUID(), signal)).toBeUndefined();
    });

    it('are not written where there is one already', async () => {
      const key = randomUUID();
      const version = await getTable().write(key, '1', until, signal);
      expect(await getTable().write(key, '2', until, signal)).toBeUndefined();
      expect(await getTable().read(key, signal)).toEqual({ value: '1', version });
    });

    it('are written by one of 20 that try at the same time', async () => {
      const key = randomUUID();
      const versions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => getTable().write(key, String(index), until, signal)),
      );
      const winners = [...versions.entries()].filter(([, version]) => version !== undefined);
      expect(winners).toHaveLength(1);
      const [winner, version] = winners[0] ?? [];
      expect(await getTable().read(key, signal)).toEqual({ value: String(winner), version });
    });

    it('are replaced by one of 20 that have read the same version', async () => {
      const key = randomUUID();
      const replaces = (await getTable().write(key, 'first', until, signal)) ?? '';
      const versions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => getTable().write(key, String(index), { ...until, replaces }, signal)),
      );
      expect(versions.filter((version) => version !== undefined)).toHaveLength(1);
    });

    it('are not replaced where there is none', async () => {
      const key = randomUUID();
      expect(await getTable().write(key, '1', { ...until, replaces: randomUUID() }, signal)).toBeUndefined();
      expect(await getTable().read(key, signal)).toBeUndefined();
    });

    it('count as absent from the second they expire in, though they are still there', async () => {
      const key = randomUUID();
      await getTable().write(key, 'old', { expiresAtSeconds: 1_500 }, signal);
      setNowSeconds(1_499);
      expect(await getTable().write(key, 'new', until, signal)).toBeUndefined();
      expect(await getTable().read(key, signal)).toMatchObject({ value: 'old' });
      setNowSeconds(1_500);
      expect(await getTable().read(key, signal)).toBeUndefined();
      expect(await getTable().write(key, 'new', until, signal)).toMatch(/./);
      expect(await getTable().read(key, signal)).toMatchObject({ value: 'new' });
    });

    it('are removed only by who knows their version', async () => {
      const key = randomUUID();
      const version = (await getTable().write(key, '1', until, signal)) ?? '';
      await getTable().remove(key, randomUUID(), signal);
      expect(await getTable().read(key, signal)).toMatchObject({ value: '1' });
      await getTable().remove(key, version, signal);
      expect(await getTable().read(key, signal)).toBeUndefined();
      await getTable().remove(key, version, signal);
    });

    it('do not hold more than an item of DynamoDB', async () => {
      const written = getTable().write(randomUUID(), 'x'.repeat(410_000), until, signal);
      await expect(written).rejects.toThrow();
    });

    it('have room for the longest value', async () => {
      const key = '/'.repeat(1_024);
      const value = 'x'.repeat(longestValueBytes);
      await getTable().write(key, value, until, signal);
      expect(await getTable().read(key, signal)).toMatchObject({ value });
    });
  });
}
