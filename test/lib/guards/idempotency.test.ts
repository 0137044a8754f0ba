import { encodeOpenAiError } from '../../../lib/dialects/openai/error.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import {
  codeOf,
  createCountingUpstream,
  createIdempotentGateway,
  dialects,
  firstClient,
  secondClient,
} from '../gateway/create-idempotent-gateway.ts';
import type { CountingUpstream, IdempotentAsk } from '../gateway/create-idempotent-gateway.ts';

function start(upstream: CountingUpstream = createCountingUpstream(), { hasTable = true } = {}) {
  const clock = createFakeClock();
  const table = createMemoryTable(clock);
  const gateway = createIdempotentGateway({ upstream, table: hasTable ? table : undefined, clock });
  const warnings = (): readonly string[] =>
    gateway.lines.filter(({ level, message }) => level === 'warn' && message !== 'request').map((line) => line.message);
  return { ...gateway, upstream, table, clock, warnings };
}

const cases = dialects.flatMap((dialect) => [false, true].map((stream) => ({ dialect, stream })));

describe.each(cases)('in the dialect $dialect, stream $stream: a request with a key', (given) => {
  it('gets the same answer again, and no upstream is asked for it', async () => {
    const { ask, upstream, table } = start();
    const first = await ask(given);
    const again = await ask(given);
    expect(codeOf(first)).toBeUndefined();
    expect(first.body).toContain('answer 1, ');
    expect(again).toEqual({ ...first, headers: { ...first.headers, 'Idempotent-Replayed': 'true' } });
    expect(first.headers).not.toHaveProperty('Idempotent-Replayed');
    expect(upstream.count).toBe(1);
    expect(table.calls.map((call) => call.split(' ')[0])).toEqual(['write', 'write', 'write', 'read']);
  });

  it('is logged when it is repeated, and its tokens are counted once', async () => {
    const { ask, lines, metrics } = start();
    await ask(given);
    await ask(given);
    expect(lines.map(({ fields }) => fields)).toMatchObject([
      { replayed: undefined, completion_tokens: 3, attempts: undefined },
      { replayed: true, completion_tokens: undefined, stream: given.stream, model: 'StarCoder', status: 200 },
    ]);
    expect(metrics.map((each) => each['gen_ai.usage.output_tokens']?.value)).toEqual([3, undefined]);
    expect(metrics[1]?.['requests']?.value).toBe(1);
  });

  it('is another one for another client', async () => {
    const { ask, upstream } = start();
    const first = await ask(given);
    const other = await ask({ ...given, client: secondClient });
    expect(codeOf(other)).toBeUndefined();
    expect(other.body).not.toBe(first.body);
    expect(upstream.count).toBe(2);
  });

  it.each<[string, Partial<IdempotentAsk>]>([
    ['another prompt', { prompt: 'another' }],
    ['another way to be answered', { stream: !given.stream }],
    ['another model', { model: given.dialect === 'V1' ? 'sqlcoder_7b' : 'SQLCoder-7B' }],
  ])('is refused with %s under the same key', async (_name, change) => {
    const { ask, upstream } = start();
    await ask(given);
    const refused = await ask({ ...given, ...change });
    expect([refused.status, codeOf(refused)]).toEqual(
      given.dialect === 'V1' ? [200, 336003] : [409, 'idempotency_key_reused'],
    );
    expect(refused.headers).toMatchObject({ 'X-Should-Retry': 'false' });
    expect(upstream.count).toBe(1);
  });

  it.each(['', 'a b', ' ', 'x'.repeat(256), 'é', 'a\u007f', 'a, b'])('is refused with the key %j', async (key) => {
    const { ask, upstream, table } = start();
    const refused = await ask({ ...given, key });
    expect(codeOf(refused)).toBe(given.dialect === 'V1' ? 336003 : 'invalid_parameter');
    expect(refused.body).toContain('Idempotency-Key must be 1 to 255 visible ASCII characters');
    expect([upstream.count, table.calls]).toEqual([0, []]);
  });

  it('may have the longest key', async () => {
    const { ask, upstream } = start();
    await ask({ ...given, key: '~'.repeat(255) });
    await ask({ ...given, key: '~'.repeat(255) });
    expect(upstream.count).toBe(1);
  });

  it('is kept for 24 hours', async () => {
    const { ask, upstream, clock } = start();
    await ask(given);
    clock.advance(86_399_000);
    await ask(given);
    expect(upstream.count).toBe(1);
    clock.advance(1_000);
    const anew = await ask(given);
    expect(upstream.count).toBe(2);
    expect(anew.headers).not.toHaveProperty('Idempotent-Replayed');
  });

  it('leaves in the table and in the log neither key, client, prompt nor text', async () => {
    const { ask, table, lines } = start();
    const prompt = 'prompt-canary';
    await ask({ ...given, key: 'key-canary', prompt });
    await ask({ ...given, key: 'key-canary', prompt });
    await ask({ ...given, key: 'key-canary', prompt: 'other-canary' });
    const stored = JSON.stringify([...table.items]);
    expect(table.items.size).toBe(1);
    for (const text of [stored, JSON.stringify(lines), table.calls.join()]) {
      expect(text).not.toMatch(/key-canary|prompt-canary|other-canary|secret-canary|gold/);
    }
    expect(stored).not.toContain(firstClient.id);
    expect([...table.items.keys()]).toEqual([expect.stringMatching(/^idempotency\/[0-9a-f]{64}$/)]);
  });

  it('is answered anew after an error, which is not kept', async () => {
    const upstream = createCountingUpstream(async function* failing(number) {
      if (number === 1) throw new GatewayError('high_load', 'busy');
      yield 'text';
    });
    const { ask, table } = start(upstream);
    expect(codeOf(await ask(given))).toBe(given.dialect === 'V1' ? 336100 : 'high_load');
    expect(table.items.size).toBe(0);
    expect((await ask(given)).body).toContain('text');
    expect((await ask(given)).headers).toHaveProperty('Idempotent-Replayed');
    expect(upstream.count).toBe(2);
  });

  it('is released when the caller has gone before it was answered', async () => {
    const controller = new AbortController();
    const upstream = createCountingUpstream(async function* left(_number, signal) {
      controller.abort(new GatewayError('client_disconnected', 'gone'));
      signal.throwIfAborted();
      yield 'text';
    });
    const { ask, table } = start(upstream);
    await ask({ ...given, signal: controller.signal });
    await ask({ ...given, signal: controller.signal });
    expect([upstream.count, table.items.size]).toEqual([1, 0]);
  });

  it('is refused without a table, and clients are told not to repeat it', async () => {
    const { ask, upstream } = start(createCountingUpstream(), { hasTable: false });
    const refused = await ask(given);
    expect([refused.status, codeOf(refused)]).toEqual(
      given.dialect === 'V1' ? [200, 2] : [503, 'idempotency_unavailable'],
    );
    expect(refused.body).toContain('no table');
    expect(refused.headers).toMatchObject({ 'X-Should-Retry': 'false' });
    expect((await ask({ ...given, key: undefined })).body).toContain('answer 1');
    expect(upstream.count).toBe(1);
  });
});

describe.each(cases)('in the dialect $dialect, stream $stream: a request without a key', (given) => {
  it('never touches the table', async () => {
    const { ask, upstream, table } = start();
    await ask({ ...given, key: undefined });
    await ask({ ...given, key: undefined });
    expect([upstream.count, table.calls]).toEqual([2, []]);
  });
});

it('a V1 request is the same with a new access_token', async () => {
  const { ask, upstream, clock } = start();
  await ask({ dialect: 'V1' });
  await ask({ dialect: 'V1', tokenFromMs: clock.now() - 3_600_000 });
  expect(upstream.count).toBe(1);
});

it('a V1 request is the same under another stage, and where its model has got another endpoint', async () => {
  const { ask, upstream, table, clock } = start();
  const model = 'StarCoder';
  await ask({ dialect: 'V1', model });
  const redeployed = createIdempotentGateway({ upstream, table, clock, models: { StarCoder: 'other_endpoint' } });
  const again = await redeployed.ask({ dialect: 'V1', model, prefix: '/prod' });
  expect(again.headers).toHaveProperty('Idempotent-Replayed');
  expect(upstream.count).toBe(1);
});

it('an error that a guard behind returns, instead of throwing it, is not kept either', async () => {
  const clock = createFakeClock();
  const table = createMemoryTable(clock);
  const upstream = createCountingUpstream();
  const limited = encodeOpenAiError(new GatewayError('client_requests_limit', 'm'));
  const inner = async () => ({ status: 429, headers: { 'Content-Type': 'application/json' }, body: limited });
  const { ask } = createIdempotentGateway({ upstream, table, clock, inner });
  expect(await ask({ dialect: 'OpenAI' })).toMatchObject({ status: 429 });
  expect(table.items.size).toBe(0);
});
