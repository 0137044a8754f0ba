import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import {
  codeOf,
  createCountingUpstream,
  createIdempotentGateway,
  dialects,
} from '../gateway/create-idempotent-gateway.ts';
import type { CountingUpstream } from '../gateway/create-idempotent-gateway.ts';

function start(upstream: CountingUpstream) {
  const clock = createFakeClock();
  const table = createMemoryTable(clock);
  return { ...createIdempotentGateway({ upstream, table, clock }), table, clock };
}

function iterate({ body }: HttpResponse): AsyncIterator<string> {
  if (typeof body === 'string') throw new Error('The body is no stream');
  return body[Symbol.asyncIterator]();
}

describe.each(dialects)('a stream with a key, in the dialect %s', (dialect) => {
  const given = { dialect, stream: true };

  it('is passed on piece by piece, while the next is yet to come', async () => {
    const second = Promise.withResolvers<string>();
    const upstream = createCountingUpstream(async function* slow() {
      yield 'one';
      yield await second.promise;
    });
    const pieces = iterate(await start(upstream).begin(given));
    expect((await pieces.next()).value).toContain('one');
    second.resolve('two');
    expect((await pieces.next()).value).toContain('two');
  });

  it('is kept before its last piece goes out: who leaves on seeing the end gets it again', async () => {
    const upstream = createCountingUpstream();
    const { begin, ask } = start(upstream);
    const pieces = iterate(await begin(given));
    let seen = '';
    while (!/\[DONE\]|"is_end":true/.test(seen)) seen += String((await pieces.next()).value);
    await pieces.return?.();
    const again = await ask(given);
    expect([again.body, upstream.count]).toEqual([seen, 1]);
  });

  it('is given again as one text with the headers of a stream', async () => {
    const { begin, ask } = start(createCountingUpstream());
    const { headers } = await ask(given);
    const again = await begin(given);
    expect(again.body).toEqual(expect.any(String));
    expect(again.headers).toMatchObject(headers);
    expect(headers).toMatchObject({ 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' });
  });

  it('is not kept when it breaks in the middle: the next request is answered anew', async () => {
    const upstream = createCountingUpstream(async function* broken(number) {
      yield `answer ${number}`;
      if (number === 1) throw new GatewayError('upstream_truncated', 'broken off');
    });
    const { ask, table } = start(upstream);
    expect((await ask(given)).body).toContain('broken off');
    expect(table.items.size).toBe(0);
    expect((await ask(given)).body).toContain('answer 2');
    expect((await ask(given)).body).toContain('answer 2');
    expect(upstream.count).toBe(2);
  });

  it('is cancelled and released when its reader leaves in the middle', async () => {
    let cancelled = 0;
    const upstream = createCountingUpstream(async function* left(number) {
      try {
        yield `answer ${number}`;
        yield 'more';
      } finally {
        cancelled += 1;
      }
    });
    const { begin, ask, table } = start(upstream);
    const pieces = iterate(await begin(given));
    await pieces.next();
    await pieces.return?.();
    expect([cancelled, table.items.size]).toEqual([1, 0]);
    expect((await ask(given)).body).toContain('answer 2');
  });

  it.each([
    ['too long for the table', 1, randomBytes(300_000).toString('base64')],
    ['too long for the memory', 500, 'x'.repeat(10_000)],
  ])('%s is passed on, and refused when asked for again', async (_name, count, text) => {
    const upstream = createCountingUpstream(async function* long() {
      for (let index = 0; index < count; index += 1) yield text;
    });
    const { ask, table } = start(upstream);
    const first = await ask(given);
    expect(first.body.length).toBeGreaterThanOrEqual(400_000);
    expect(Math.max(...[...table.items.values()].map(({ value }) => value.length))).toBeLessThan(1_000);
    const again = await ask(given);
    expect([again.status, codeOf(again)]).toEqual(
      dialect === 'V1' ? [200, 336003] : [409, 'idempotency_answer_too_long'],
    );
    expect(again.body).toContain('was answered, but the answer is too long');
    expect(again.headers).toMatchObject({ 'X-Should-Retry': 'false' });
    expect(upstream.count).toBe(1);
  });

  it('much longer than the table allows is kept when it compresses well', async () => {
    const upstream = createCountingUpstream(async function* even() {
      for (let index = 0; index < 100; index += 1) yield 'x'.repeat(10_000);
    });
    const { ask } = start(upstream);
    const first = await ask(given);
    const again = await ask(given);
    expect(again.body === first.body && first.body.length > 1_000_000).toBe(true);
    expect(upstream.count).toBe(1);
  });
});
