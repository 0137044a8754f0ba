import { createClaims } from '../../../lib/claims/claims.ts';
import type { ClaimOutcome } from '../../../lib/claims/claims.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';

const minute = 60_000;
const never = new AbortController().signal;

function create(wrap: (table: StateTable) => StateTable = (table) => table) {
  const clock = createSteppingClock();
  const table = createRecordingTable(clock);
  const claims = createClaims(wrap(table), clock);
  const claim = (who: string, replaces?: string): Promise<ClaimOutcome> =>
    claims.claim(
      'key',
      { who },
      {
        expiresAtMs: clock.now() + minute,
        deadlineMs: clock.now() + minute,
        ...(replaces === undefined ? {} : { replaces }),
      },
    );
  const mustHold = async (who: string, replaces?: string) => {
    const outcome = await claim(who, replaces);
    if (outcome.kind !== 'held') throw new Error(`It is ${outcome.kind}`);
    return outcome;
  };
  /** The version of the entry that somebody else is shown. */
  const findVersion = async (): Promise<string> => {
    const outcome = await claim('onlooker');
    if (outcome.kind !== 'taken') throw new Error(`It is ${outcome.kind}`);
    return outcome.found.version;
  };
  return { clock, table, claims, claim, mustHold, findVersion };
}

const until = { expiresAtMs: Infinity, timeoutMs: 1_000 };

describe('a claim', () => {
  it('is held by the first, and shown to the others', async () => {
    const { claim, mustHold } = create();
    await mustHold('a');
    expect(await claim('b')).toMatchObject({ kind: 'taken', found: { entry: { who: 'a' } } });
  });

  it('is held by one of twenty that come at once', async () => {
    const { claim } = create();
    const kinds = (await Promise.all(Array.from({ length: 20 }, () => claim('same')))).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(19);
  });

  it('holds until it expires, and not a millisecond less', async () => {
    const { claim, mustHold, clock } = create();
    await clock.advance(1);
    await mustHold('a');
    await clock.advance(minute - 1);
    expect((await claim('b')).kind).toBe('taken');
    await clock.advance(1_000);
    expect((await claim('b')).kind).toBe('held');
  });

  it('ends with what is settled, if nobody has taken it over', async () => {
    const { claim, mustHold, clock } = create();
    const late = await mustHold('a');
    await clock.advance(minute);
    const current = await mustHold('b');
    expect(await late.settle({ who: 'late' }, until)).toBe(false);
    await late.release(1_000);
    expect(await current.settle({ who: 'done' }, until)).toBe(true);
    await clock.advance(1_000 * minute);
    expect(await claim('c')).toMatchObject({ kind: 'taken', found: { entry: { who: 'done' } } });
  });

  it('is free when it is released', async () => {
    const { claim, mustHold } = create();
    await (await mustHold('a')).release(1_000);
    expect((await claim('b')).kind).toBe('held');
  });

  it('takes a found entry over, for one of those who found it', async () => {
    const { claim, mustHold, findVersion } = create();
    await mustHold('a');
    const version = await findVersion();
    await mustHold('b', version);
    expect(await claim('c', version)).toMatchObject({ kind: 'taken', found: { entry: { who: 'b' } } });
  });

  it('has vanished when it was released between the write and the read', async () => {
    const { table, claim, mustHold } = create((inner) => ({
      ...inner,
      read: async (key, signal) => {
        await inner.remove(key, (await table.read(key, signal))?.version ?? '', signal);
        return inner.read(key, signal);
      },
    }));
    await mustHold('a');
    expect(await claim('b')).toEqual({ kind: 'vanished' });
  });

  it('shows an entry that is no JSON as undefined', async () => {
    const { table, claim } = create();
    await table.put('key', 'no JSON');
    expect(await claim('a')).toMatchObject({ kind: 'taken', found: { entry: undefined } });
  });
});

describe('a claim whose write fails', () => {
  it('is held when the write was made and its answer lost', async () => {
    const { table, claim, findVersion } = create();
    table.lose('write', 1);
    expect((await claim('a')).kind).toBe('held');
    const version = await findVersion();
    table.lose('write', 1);
    expect((await claim('b', version)).kind).toBe('held');
  });

  it('fails when nothing was written, and leaves the key free', async () => {
    const { table, claim } = create();
    table.fail('write', 1);
    await expect(claim('a')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await claim('b')).kind).toBe('held');
  });

  it('fails when what it was to take over is still there', async () => {
    const { table, claim, mustHold, findVersion } = create();
    await mustHold('a');
    const version = await findVersion();
    table.fail('write', 1);
    await expect(claim('b', version)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('is shown what somebody else has there', async () => {
    const { table, claim, mustHold } = create();
    await mustHold('a');
    table.fail('write', 1);
    expect(await claim('b')).toMatchObject({ kind: 'taken', found: { entry: { who: 'a' } } });
  });

  it('fails when the key cannot be read either', async () => {
    const { table, claim } = create();
    table.setDown(true);
    await expect(claim('a')).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(table.calls).toEqual(['write key', 'read key']);
  });
});

describe('a table that does not answer', () => {
  const silence = (table: StateTable): StateTable => {
    const wait = () => new Promise<never>(() => undefined);
    return { ...table, write: wait, read: wait, remove: wait };
  };

  it.each([
    { leftMs: 60_000, waitsMs: 6_000 },
    { leftMs: 4_000, waitsMs: 3_000 },
    { leftMs: 100, waitsMs: 500 },
    { leftMs: -1, waitsMs: 500 },
  ])('is waited for $waitsMs ms when $leftMs ms are left', async ({ leftMs, waitsMs }) => {
    const { clock, claims } = create(silence);
    const beganMs = clock.now();
    const claiming = claims.claim('key', {}, { expiresAtMs: beganMs + minute, deadlineMs: beganMs + leftMs });
    await expect(clock.run(claiming)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(clock.now() - beganMs).toBe(waitsMs);
  });

  it('is waited for as long as the caller says, to settle and to release', async () => {
    let isSilent = false;
    const { clock, mustHold } = create((table) => {
      const silent = silence(table);
      return {
        ...table,
        write: (...call) => (isSilent ? silent : table).write(...call),
        remove: (...call) => silent.remove(...call),
      };
    });
    const held = await mustHold('a');
    isSilent = true;
    const beganMs = clock.now();
    await expect(clock.run(held.settle({}, until))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(clock.now() - beganMs).toBe(1_000);
    await expect(clock.run(held.release(250))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(clock.now() - beganMs).toBe(1_250);
  });

  it('is told to give up as well', async () => {
    const signals: AbortSignal[] = [];
    const { clock, claim } = create((table) => ({
      ...table,
      write: async (_key, _value, _options, signal) => {
        signals.push(signal);
        await clock.sleep(minute, never);
        return undefined;
      },
    }));
    await expect(clock.run(claim('a'))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
