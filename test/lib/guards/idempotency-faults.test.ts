// The table fails, sandboxes die, and requests come while their twins are being answered.
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import { createSilentTable } from '../../doubles/create-silent-table.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import {
  codeOf,
  createCountingUpstream,
  createIdempotentGateway,
  dialects,
} from '../gateway/create-idempotent-gateway.ts';
import type { CountingUpstream } from '../gateway/create-idempotent-gateway.ts';

function start(upstream: CountingUpstream = createCountingUpstream()) {
  const clock = createFakeClock();
  const table = createMemoryTable(clock);
  const gateway = createIdempotentGateway({ upstream, table, clock });
  const warnings = (): readonly string[] =>
    gateway.lines.filter(({ level, message }) => level === 'warn' && message !== 'request').map((line) => line.message);
  return { ...gateway, upstream, table, clock, warnings };
}

const cases = dialects.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream })));
const unavailable = { V1: [200, 2], OpenAI: [503, 'idempotency_unavailable'] };
const inProgress = { V1: [200, 336100], OpenAI: [409, 'idempotency_in_progress'] };

describe.each(cases)('in the dialect $dialect, stream $stream: a request with a key', (given) => {
  it('is refused, and nothing charged, while the table cannot be asked', async () => {
    const { ask, upstream, table, lines } = start();
    table.fail('before', 'read', 'write', 'remove');
    const refused = await ask(given);
    expect([refused.status, codeOf(refused)]).toEqual(unavailable[given.dialect]);
    expect(refused.headers).not.toHaveProperty('X-Should-Retry');
    expect(refused.body).not.toContain('canary');
    expect(lines.at(-1)?.fields).toMatchObject({ cause: expect.stringMatching(/^ThrottlingException/) });
    table.fail('before');
    expect((await ask(given)).body).toContain('answer 1');
    expect(upstream.count).toBe(1);
  });

  it('is answered when the answer to its claim was lost, and kept', async () => {
    const { ask, upstream, table, warnings } = start();
    table.fail('after', 'write');
    const first = await ask(given);
    table.fail('after');
    const again = await ask(given);
    expect(first.body).toContain('answer 1');
    expect([again.body, upstream.count]).toEqual([first.body, 1]);
    expect(warnings()).toEqual(['answer not kept: a repetition may be charged again']);
  });

  it('is repeated while the table can be read but not written', async () => {
    const { ask, upstream, table } = start();
    const first = await ask(given);
    table.fail('before', 'write');
    expect((await ask(given)).body).toBe(first.body);
    expect(upstream.count).toBe(1);
  });

  it('gets its answer when that cannot be kept; its key is in use until the claim runs out', async () => {
    const upstream = createCountingUpstream(async function* failing(number) {
      if (number === 1) table.fail('before', 'write', 'remove');
      yield `answer ${number}`;
    });
    const { ask, table, clock, warnings } = start(upstream);
    expect((await ask(given)).body).toContain('answer 1');
    expect(warnings()).toEqual(['answer not kept: a repetition may be charged again']);
    table.fail('before');
    const refused = await ask(given);
    expect([refused.status, codeOf(refused)]).toEqual(inProgress[given.dialect]);
    clock.advance(65_000);
    expect((await ask(given)).body).toContain('answer 2');
  });

  it('is told its error when the claim cannot be released', async () => {
    const upstream = createCountingUpstream(async function* failing(number) {
      table.fail('before', 'remove');
      if (number === 1) throw new Error('inside');
      yield 'text';
    });
    const { ask, table, warnings } = start(upstream);
    expect(codeOf(await ask(given))).toBe(given.dialect === 'V1' ? 336000 : 'internal_error');
    expect(warnings()).toEqual(['claim not released: the key stays in use until it runs out']);
  });

  it.each(['', '{}', 'null', '{"state":"answered","fingerprint":1}', '[]'])(
    'is refused when the table holds %j under its key',
    async (value) => {
      const { ask, upstream, table } = start();
      await ask(given);
      table.put([...table.items.keys()][0] ?? '', value);
      const refused = await ask(given);
      expect([refused.status, codeOf(refused)]).toEqual(unavailable[given.dialect]);
      expect(upstream.count).toBe(1);
    },
  );

  it('is refused when its kept answer was tampered with', async () => {
    const { ask, upstream, table } = start();
    await ask(given);
    const [key = ''] = table.items.keys();
    const entry = JSON.parse(table.items.get(key)?.value ?? '') as { answer: string };
    const answer = `${entry.answer.slice(0, 50)}${entry.answer[50] === 'A' ? 'B' : 'A'}${entry.answer.slice(51)}`;
    table.put(key, JSON.stringify({ ...entry, answer }));
    const refused = await ask(given);
    expect([refused.status, codeOf(refused)]).toEqual(unavailable[given.dialect]);
    expect(upstream.count).toBe(1);
  });

  it('whose sandbox died is in progress until five seconds after its deadline, then answered', async () => {
    const never = Promise.withResolvers<never>();
    const upstream = createCountingUpstream(async function* dead(number) {
      if (number === 1) await never.promise;
      yield `answer ${number}`;
    });
    const { begin, ask, clock } = start(upstream);
    void begin({ ...given, deadlineMs: clock.now() + 60_000 });
    clock.advance(64_000);
    // Time enough for no pause: a wait would move the clock.
    const refused = await ask({ ...given, deadlineMs: clock.now() + 500 });
    expect([refused.status, codeOf(refused)]).toEqual(inProgress[given.dialect]);
    clock.advance(1_000);
    expect((await ask(given)).body).toContain('answer 2');
    expect(upstream.count).toBe(2);
  });

  it('that comes back after another has taken its claim over does not replace the answer', async () => {
    const late = Promise.withResolvers<string>();
    const upstream = createCountingUpstream(async function* slow(number) {
      yield number === 1 ? await late.promise : `answer ${number}`;
    });
    const { begin, ask, clock, warnings } = start(upstream);
    const first = ask(given);
    await begin({ ...given, key: 'another' });
    clock.advance(65_000);
    expect((await ask(given)).body).toContain('answer 3');
    late.resolve('answer 1');
    expect((await first).body).toContain('answer 1');
    expect(warnings()).toEqual(['answer not kept: its claim has run out']);
    expect((await ask(given)).body).toContain('answer 3');
  });
});

describe.each(cases)('in the dialect $dialect, stream $stream: a request whose twin is being answered', (given) => {
  function startBoth(durationMs: number) {
    const clock = createSteppingClock();
    const table = createMemoryTable(clock);
    const { signal } = new AbortController();
    const upstream = createCountingUpstream(async function* slow(number) {
      await clock.sleep(durationMs, signal);
      if (number === 1 && durationMs === 1_234) throw new Error('failed');
      yield `answer ${number}`;
    });
    const gateways = [1, 2].map(() => createIdempotentGateway({ upstream, table, clock }));
    return { clock, upstream, table, ask: async (index: number) => gateways[index % 2]?.ask(given) };
  }

  it('waits up to five seconds and gets the same answer', async () => {
    const { clock, ask, upstream } = startBoth(4_000);
    const [first, second] = await clock.run(Promise.all([ask(0), ask(1)]));
    expect(second?.body).toBe(first?.body);
    expect(second?.headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(upstream.count).toBe(1);
  });

  it('is refused after five seconds, in a way that clients repeat', async () => {
    const { clock, ask, upstream } = startBoth(30_000);
    const beganMs = clock.now();
    const first = ask(0);
    const second = await clock.run(ask(1));
    expect(second && [second.status, codeOf(second)]).toEqual(inProgress[given.dialect]);
    expect(second?.headers['Retry-After']).toBe(given.dialect === 'V1' ? undefined : '1');
    expect(clock.now() - beganMs).toBeLessThanOrEqual(5_000);
    expect(clock.now() - beganMs).toBeGreaterThan(3_000);
    expect((await clock.run(first))?.body).toContain('answer 1');
    expect(upstream.count).toBe(1);
  });

  it('takes its place when it fails', async () => {
    const { clock, ask, upstream } = startBoth(1_234);
    const [first, second] = await clock.run(Promise.all([ask(0), ask(1)]));
    expect(first && codeOf(first)).toBe(given.dialect === 'V1' ? 336000 : 'internal_error');
    expect(second?.body).toContain('answer 2');
    expect(second?.headers).not.toHaveProperty('Idempotent-Replayed');
    expect(upstream.count).toBe(2);
  });

  it('is one of twenty, sent at once to two sandboxes: one is answered, and all get its answer', async () => {
    const { clock, ask, upstream } = startBoth(3_000);
    const answers = await clock.run(Promise.all(Array.from({ length: 20 }, (_, index) => ask(index))));
    expect(new Set(answers.map((answer) => answer?.body)).size).toBe(1);
    expect(answers.filter((answer) => answer?.headers['Idempotent-Replayed'] === 'true')).toHaveLength(19);
    expect(upstream.count).toBe(1);
  });
});

it('a request that has a second left does not wait for a silent table longer than that', async () => {
  const clock = createSteppingClock();
  const table = createSilentTable(createMemoryTable(clock));
  table.silence();
  const upstream = createCountingUpstream();
  const { ask } = createIdempotentGateway({ upstream, table, clock });
  const beganMs = clock.now();
  const refused = await clock.run(ask({ dialect: 'OpenAI', deadlineMs: beganMs + 1_000 }));
  expect(codeOf(refused)).toBe('idempotency_unavailable');
  // Half of the time for the write, and half of the rest for the read.
  expect(clock.now() - beganMs).toBe(750);
  expect(upstream.count).toBe(0);
});

it.each([1_000, 1_001])('a request that has %d ms left is answered by a table that answers', async (leftMs) => {
  const { ask, clock } = start();
  const answer = await ask({ dialect: 'OpenAI', deadlineMs: clock.now() + leftMs });
  expect(answer.body).toContain('answer 1');
});
