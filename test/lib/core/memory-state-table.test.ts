import { createMemoryStateTable } from '../../../lib/core/memory-state-table.ts';
import { longestValueBytes } from '../../../lib/core/state-table.ts';
import { describeStateTable } from '../../doubles/state-table-contract.ts';

const { signal } = new AbortController();
const until = { expiresAtSeconds: 2_000 };
let nowSeconds = 1_000;
const create = () => createMemoryStateTable({ now: () => nowSeconds * 1_000 });
const table = create();

beforeEach(() => void (nowSeconds = 1_000));

describeStateTable({ getTable: () => table, setNowSeconds: (seconds) => void (nowSeconds = seconds) });

/** 64 MiB of values, each with its key of one byte more or less. */
const mostLongValues = Math.floor((64 * 1_048_576) / longestValueBytes);
const longValue = 'x'.repeat(longestValueBytes);

describe('a table in memory', () => {
  it('refuses a value of one byte more than DynamoDB is given', async () => {
    await expect(create().write('k', 'é'.repeat(longestValueBytes / 2) + 'x', until, signal)).rejects.toThrow(
      'The value has 380001 bytes; an item holds 380000 at most',
    );
  });

  it('drops of more than 64 MiB what was written the longest ago', async () => {
    const full = create();
    for (let index = 0; index < mostLongValues; index += 1) await full.write(`k${index}`, longValue, until, signal);
    const version = (await full.read('k0', signal))?.version ?? '';
    await full.write('k0', longValue, { ...until, replaces: version }, signal);
    await full.write('one too many', longValue, until, signal);
    expect(await full.read('k1', signal)).toBeUndefined();
    for (const key of ['k0', 'k2', 'one too many']) expect(await full.read(key, signal)).toBeDefined();
  });

  it('drops what has expired before what is valid', async () => {
    const full = create();
    await full.write('valid', longValue, until, signal);
    await full.write('expired', longValue, { expiresAtSeconds: 1_001 }, signal);
    for (let index = 2; index < mostLongValues; index += 1) await full.write(`k${index}`, longValue, until, signal);
    nowSeconds = 1_001;
    await full.write('one too many', longValue, until, signal);
    expect(await full.read('valid', signal)).toBeDefined();
    expect(await full.read('one too many', signal)).toBeDefined();
  });

  it('has room again for what was removed', async () => {
    const full = create();
    for (let round = 0; round < 2 * mostLongValues; round += 1) {
      const version = (await full.write('k', longValue, until, signal)) ?? '';
      await full.remove('k', version, signal);
    }
    await full.write('first', longValue, until, signal);
    for (let index = 1; index < mostLongValues; index += 1) await full.write(`k${index}`, longValue, until, signal);
    expect(await full.read('first', signal)).toBeDefined();
  });

  it('holds a hundred thousand counters, and begins the oldest anew beyond that', async () => {
    const full = create();
    for (let index = 0; index < 100_000; index += 1) await full.add(`k${index}`, 1, 2_000, signal);
    expect(await full.count('k0', signal)).toBe(1);
    await full.add('one too many', 1, 2_000, signal);
    expect(await full.count('k0', signal)).toBe(0);
    expect(await full.count('k1', signal)).toBe(1);
  });
});
