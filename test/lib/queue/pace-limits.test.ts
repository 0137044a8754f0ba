import { createLimit, createTurns } from './create-turns.ts';

const minute = 60_000;

describe('an upstream that limits', () => {
  it('is left alone for as long as it asks, by those who wait and by those who come', async () => {
    const { pace, takeTurn, clock } = createTurns(1_000);
    await takeTurn();
    const waiting = takeTurn();
    pace.noteLimit(createLimit(30));
    const coming = takeTurn();
    const turns = await clock.run(Promise.all([waiting, coming]));
    const starts = turns.filter((turn) => typeof turn === 'number');
    expect(starts.length).toBeGreaterThan(0);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(30_000);
  });

  it('is left alone across invocations: a turn that comes too late is refused with the limit', async () => {
    const { pace, takeTurn, clock } = createTurns();
    pace.noteLimit(createLimit(300));
    expect(await takeTurn(115_000)).toBe('qps_limit_reached');
    await clock.advance(100_000);
    expect(await takeTurn(115_000)).toBe('qps_limit_reached');
    await clock.advance(200_000);
    expect(await takeTurn(115_000)).toBe(300_000);
  });

  it('is called less often than before, and as often again after enough answers', async () => {
    const { pace, takeTurn, takeTurns, clock } = createTurns();
    pace.noteLimit(createLimit());
    const first = Number(await clock.run(takeTurn()));
    const [second = 0] = await takeTurns(1);
    expect(first).toBeGreaterThan(0);
    expect(Number(second) - first).toBeGreaterThan(0);
    for (let answers = 0; answers < 100; answers += 1) pace.noteAnswer(10);
    await takeTurns(1);
    const nowMs = await clock.run(takeTurn());
    expect(await takeTurns(3)).toEqual([nowMs, nowMs, nowMs]);
  });

  it('is never called more often than the interval allows', async () => {
    const { pace, takeTurns, clock } = createTurns(5_000);
    pace.noteLimit(createLimit());
    for (let answers = 0; answers < 100; answers += 1) pace.noteAnswer(10);
    await clock.advance(minute);
    expect(await takeTurns(3)).toEqual([60_000, 65_000, 70_000]);
  });

  it('counts as one limit what comes of calls that were under way together', async () => {
    const spacingAfter = async (limits: number): Promise<number> => {
      const { pace, takeTurns } = createTurns();
      for (let count = 0; count < limits; count += 1) pace.noteLimit(createLimit());
      const [first = 0, second = 0] = await takeTurns(2);
      return Number(second) - Number(first);
    };
    expect(await spacingAfter(5)).toBe(await spacingAfter(1));
  });

  it('is left alone for the longest time that calls under way together were told', async () => {
    const { pace, takeTurn, clock } = createTurns();
    pace.noteLimit(createLimit());
    const waiting = takeTurn();
    pace.noteLimit(createLimit(60));
    expect(await clock.run(waiting)).toBeGreaterThanOrEqual(60_000);
  });

  it('is asked again after a quarter of an hour, whatever it asked for', async () => {
    const { pace, takeTurn, clock } = createTurns();
    pace.noteLimit(createLimit(86_400));
    await clock.advance(15 * minute);
    expect(await takeTurn(115_000)).toBe(15 * minute);
  });

  it('is asked rarely once it has limited for a minute, and as before after an answer', async () => {
    const { pace, takeTurn, clock } = createTurns();
    /** Takes a turn that is limited; returns how long it was waited for. */
    const beLimited = async (): Promise<number> => {
      const askedMs = clock.now();
      await clock.run(takeTurn());
      pace.noteLimit(createLimit());
      return clock.now() - askedMs;
    };
    /** Is limited for a minute, and some times more; returns how long these were waited for. */
    const beLimitedForLong = async (): Promise<readonly number[]> => {
      const beganMs = clock.now();
      while (clock.now() - beganMs <= minute) await beLimited();
      const waits: number[] = [];
      for (let limits = 0; limits < 10; limits += 1) waits.push(await beLimited());
      return waits;
    };
    const waits = await beLimitedForLong();
    expect(Math.min(...waits.slice(1))).toBeGreaterThanOrEqual(1_000);
    expect(Math.min(...waits.slice(-3))).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(90_000);
    await clock.run(takeTurn());
    pace.noteAnswer(10);
    expect((await beLimitedForLong())[1]).toBeLessThan(10_000);
  });

  it('is waited for by nobody who is dismissed, but by those who come later', async () => {
    const { pace, takeTurn, clock } = createTurns(1_000);
    await takeTurn();
    const waiting = [takeTurn(), takeTurn()];
    pace.dismiss(createLimit());
    const coming = takeTurn();
    expect(await clock.run(Promise.all(waiting))).toEqual(['qps_limit_reached', 'qps_limit_reached']);
    expect(await clock.run(coming)).toEqual(expect.any(Number));
    expect(await clock.run(takeTurn())).toEqual(expect.any(Number));
  });
});
