import { createSharedWork } from '../../../lib/core/shared-work.ts';

const { signal } = new AbortController();

/** Work whose results are given by hand. */
function createScene() {
  const work = createSharedWork<string>();
  const runs: { readonly signal: AbortSignal; readonly result: PromiseWithResolvers<string> }[] = [];
  const join = (caller: AbortSignal = signal) =>
    work.join(caller, (given) => {
      const result = Promise.withResolvers<string>();
      runs.push({ signal: given, result });
      return result.promise;
    });
  const run = (index: number) => {
    const found = runs[index];
    if (found === undefined) throw new Error(`There was no run ${index}`);
    return found;
  };
  return { runs, join, run };
}

describe('createSharedWork', () => {
  it('does the work once for all who wait, and again for who comes later', async () => {
    const { runs, join, run } = createScene();
    const both = Promise.all([join(), join()]);
    run(0).result.resolve('first');
    expect(await both).toEqual(['first', 'first']);
    const later = join();
    run(1).result.resolve('second');
    expect(await later).toBe('second');
    expect(runs).toHaveLength(2);
  });

  it('tells all who wait of a failure', async () => {
    const { join, run } = createScene();
    const both = Promise.allSettled([join(), join()]);
    run(0).result.reject(new Error('failed'));
    const failed = { status: 'rejected', reason: new Error('failed') };
    expect(await both).toEqual([failed, failed]);
  });

  it('lets one caller go and goes on for the others', async () => {
    const { join, run } = createScene();
    const controller = new AbortController();
    const leaving = join(controller.signal);
    const staying = join();
    controller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    expect(run(0).signal.aborted).toBe(false);
    run(0).result.resolve('done');
    expect(await staying).toBe('done');
  });

  it('gives up what nobody waits for, and begins anew for the next caller', async () => {
    const { runs, join, run } = createScene();
    const controller = new AbortController();
    const leaving = join(controller.signal);
    controller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    expect(run(0).signal.aborted).toBe(true);
    const next = join();
    // What was given up ends late: it is nobody's result, and the new work stays the one to join.
    run(0).result.reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
    const another = join();
    run(1).result.resolve('new');
    expect(await Promise.all([next, another])).toEqual(['new', 'new']);
    expect(runs).toHaveLength(2);
  });

  it('begins nothing for a caller that has already gone', async () => {
    const { runs, join } = createScene();
    await expect(join(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(runs).toEqual([]);
  });
});
