// Limits per client: who is refused, when, with what, and what is counted.
import { GatewayError } from '../../../lib/core/errors.ts';
import { createClientLimits } from '../../../lib/guards/client-limits.ts';
import type { Client } from '../../../lib/access/clients.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import {
  codeOf,
  createCountingUpstream,
  createIdempotentGateway,
  dialects,
  firstClient,
} from '../gateway/create-idempotent-gateway.ts';
import type { CountingUpstream } from '../gateway/create-idempotent-gateway.ts';
import { createLimitedGateway } from '../gateway/create-limited-gateway.ts';
import type { LimitedAsk, LimitedGatewayOptions } from '../gateway/create-limited-gateway.ts';
import { textOf } from '../gateway/create-v1-gateway.ts';

const free: Client = { id: 'free', secret: 'free-secret' };
const twoRequests: Client = { id: 'two', secret: 'two-secret', limits: { requests_per_minute: 2 } };
/** A request uses five. */
const eightTokens: Client = { id: 'eight', secret: 'eight-secret', limits: { tokens_per_day: 8 } };
const both: Client = {
  id: 'both',
  secret: 'both-secret',
  limits: { requests_per_minute: 100, tokens_per_day: 1_000 },
};

type Setup = Partial<Pick<LimitedGatewayOptions, 'defaults'>> & { readonly upstream?: CountingUpstream };

function createSetup({ upstream = createCountingUpstream(), ...more }: Setup = {}) {
  // 20:59:48.5 UTC.
  const clock = createFakeClock({ nowMs: Date.UTC(2026, 10, 21, 20, 59, 48, 500) });
  const table = createMemoryTable(clock);
  const clients = [free, twoRequests, eightTokens, both];
  const options = { upstream, table, clock, clients, ...more };
  const gateway = createLimitedGateway(options);
  const ask = async (given: LimitedAsk): Promise<HttpResponse & { readonly body: string }> => {
    const response = await gateway.ask(given);
    return { ...response, body: await textOf(response) };
  };
  return { ...gateway, options, upstream, table, clock, ask, begin: gateway.ask };
}

const ratesOf = ({ headers }: HttpResponse): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:x-ratelimit|retry-after|x-should)/i.test(name)));

describe.each(dialects)('a client of %s', (dialect) => {
  it('is answered up to its requests a minute, and then refused before the upstream is asked', async () => {
    const { ask, upstream } = createSetup();
    const codes = [];
    for (let n = 0; n < 4; n += 1) codes.push(codeOf(await ask({ dialect, client: twoRequests })));
    const code = dialect === 'V1' ? 336501 : 'client_requests_limit';
    expect(codes).toEqual([undefined, undefined, code, code]);
    expect(upstream.count).toBe(2);
  });

  it('is told what is left of the minute', async () => {
    const { ask } = createSetup();
    expect(ratesOf(await ask({ dialect, client: twoRequests }))).toEqual({
      'X-Ratelimit-Limit-Requests': '2',
      'X-Ratelimit-Remaining-Requests': '1',
      'X-Ratelimit-Reset-Requests': '12s',
    });
    expect(ratesOf(await ask({ dialect, client: twoRequests, stream: true }))).toMatchObject({
      'X-Ratelimit-Remaining-Requests': '0',
    });
  });

  it('is told when to come again', async () => {
    const { ask } = createSetup();
    for (let n = 0; n < 2; n += 1) await ask({ dialect, client: twoRequests });
    const refused = await ask({ dialect, client: twoRequests });
    expect(refused.status).toBe(dialect === 'V1' ? 200 : 429);
    expect(ratesOf(refused)).toEqual({
      'X-Ratelimit-Limit-Requests': '2',
      'X-Ratelimit-Remaining-Requests': '0',
      'X-Ratelimit-Reset-Requests': '12s',
      'Retry-After': '12',
    });
  });

  it('is answered again from the next minute on', async () => {
    const { ask, clock } = createSetup();
    for (let n = 0; n < 3; n += 1) await ask({ dialect, client: twoRequests });
    clock.advance(11_499);
    expect(codeOf(await ask({ dialect, client: twoRequests }))).toBeDefined();
    clock.advance(1);
    expect(codeOf(await ask({ dialect, client: twoRequests }))).toBeUndefined();
  });

  it.each([false, true])('is refused once its tokens of the day are used (stream: %s)', async (stream) => {
    const { ask, clock, upstream } = createSetup();
    const client = eightTokens;
    // Qianfan's SDKs would take it for tokens of a minute.
    const limitOfTokens = dialect === 'V1' ? {} : { 'X-Ratelimit-Limit-Tokens': '8' };
    expect(ratesOf(await ask({ dialect, client, stream }))).toEqual({
      ...limitOfTokens,
      'X-Ratelimit-Remaining-Tokens': '8',
      'X-Ratelimit-Reset-Tokens': '3h0m12s',
    });
    // The answer under way when the limit is reached goes over it.
    expect(ratesOf(await ask({ dialect, client, stream }))).toMatchObject({ 'X-Ratelimit-Remaining-Tokens': '3' });
    const refused = await ask({ dialect, client, stream });
    expect(codeOf(refused)).toBe(dialect === 'V1' ? 17 : 'client_tokens_limit');
    expect(ratesOf(refused)).toEqual({
      ...limitOfTokens,
      'X-Ratelimit-Remaining-Tokens': '0',
      'X-Ratelimit-Reset-Tokens': '3h0m12s',
      'Retry-After': '10812',
      'X-Should-Retry': 'false',
    });
    expect(upstream.count).toBe(2);
    clock.advance(10_812_000);
    expect(codeOf(await ask({ dialect, client, stream: false }))).toBeUndefined();
  });

  it('pays for a stream that breaks, as far as the upstream has told', async () => {
    const upstream = createCountingUpstream(async function* broken() {
      yield 'first';
      throw new GatewayError('upstream_truncated', 'broken');
    });
    const { ask, table, clock } = createSetup({ upstream });
    await ask({ dialect, client: eightTokens, stream: true });
    expect(await countTokens(table, clock, 'eight')).toBe(5);
  });

  it('pays for a stream that it does not read to its end', async () => {
    const { begin, table, clock } = createSetup();
    const { body } = await begin({ dialect, client: eightTokens, stream: true });
    if (typeof body === 'string') throw new Error('The answer is no stream');
    for await (const _piece of body) break;
    expect(await countTokens(table, clock, 'eight')).toBe(5);
  });

  it('pays no tokens for what the upstream refuses', async () => {
    const upstream = createCountingUpstream();
    upstream.complete = async () => {
      throw new GatewayError('high_load', 'refused');
    };
    const { ask, table, clock, lines } = createSetup({ upstream });
    expect(codeOf(await ask({ dialect, client: both }))).toBeDefined();
    expect(await countTokens(table, clock, 'both')).toBe(0);
    expect(lines.map(({ message }) => message)).toEqual(['request']);
  });

  it.each([false, true])(
    'is served though the upstream tells no usage, which is logged (stream: %s)',
    async (stream) => {
      const upstream = createCountingUpstream();
      const { complete, stream: streamOf } = upstream;
      upstream.complete = async (...call) => ({ ...(await complete(...call)), usage: undefined });
      upstream.stream = async (...call) => {
        const chunks = await streamOf(...call);
        return (async function* bare() {
          for await (const chunk of chunks) yield { ...chunk, usage: undefined };
        })();
      };
      const { ask, lines, metrics, table, clock } = createSetup({ upstream });
      expect(codeOf(await ask({ dialect, client: eightTokens, stream }))).toBeUndefined();
      expect(await countTokens(table, clock, 'eight')).toBe(0);
      const told = {
        level: 'warn',
        message: 'tokens of an answer could not be counted',
        fields: { client_id: 'eight' },
      };
      expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([told]);
      expect(metrics).toContainEqual({ limit_store_failures: { value: 1, unit: 'Count' } });
      const { length } = lines;
      expect(codeOf(await ask({ dialect, client: twoRequests, stream }))).toBeUndefined();
      expect(lines.slice(length).map(({ level }) => level)).toEqual(['info']);
    },
  );

  it('is counted by an estimate where its text was ended before any usage was told', async () => {
    const upstream = createCountingUpstream();
    const { stream: streamOf } = upstream;
    upstream.stream = async (...call) => {
      const chunks = await streamOf(...call);
      return (async function* cut() {
        for await (const chunk of chunks) {
          yield { ...chunk, usage: undefined, estimatedTokens: chunk.isEnd ? 6 : undefined };
        }
      })();
    };
    const { ask, lines, table, clock } = createSetup({ upstream });
    expect(codeOf(await ask({ dialect, client: eightTokens, stream: true }))).toBeUndefined();
    expect(await countTokens(table, clock, 'eight')).toBe(6);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('is served without limits while the table cannot be asked', async () => {
    const { ask, table, upstream, metrics } = createSetup();
    table.fail('before', 'add', 'count');
    for (let n = 0; n < 5; n += 1) {
      const answer = await ask({ dialect, client: twoRequests });
      expect(codeOf(answer)).toBeUndefined();
      expect(ratesOf(answer)).toEqual({});
    }
    expect(upstream.count).toBe(5);
    expect(table.calls).toHaveLength(1);
    expect(metrics.filter((each) => each['limit_store_failures'] !== undefined)).toHaveLength(1);
  });
});

const countTokens = (
  table: ReturnType<typeof createMemoryTable>,
  clock: { readonly now: () => number },
  id: string,
): Promise<number> =>
  table.count(`tokens/${Math.floor(clock.now() / 86_400_000)}/client/${id}`, new AbortController().signal);

const dialect = 'OpenAI';

it('never asks the table about a client without limits', async () => {
  const { ask, table } = createSetup();
  const answer = await ask({ dialect, client: free });
  await ask({ dialect, client: free, stream: true });
  expect(ratesOf(answer)).toEqual({});
  expect(table.calls).toEqual([]);
});

it('misses no table as long as no client has limits', async () => {
  const { options } = createSetup();
  const gateway = createLimitedGateway({ ...options, table: undefined });
  await gateway.ask({ dialect, client: free });
  expect(gateway.lines.map(({ level }) => level)).toEqual(['info']);
  await gateway.ask({ dialect, client: twoRequests });
  expect(gateway.lines.map(({ level }) => level)).toEqual(['info', 'warn', 'info']);
});

it('counts with two calls before the answer and one after it', async () => {
  const { ask, table } = createSetup();
  await ask({ dialect, client: both });
  expect(table.calls.map((call) => call.replace(/\d+/, 'N'))).toEqual([
    'add requests/N/client/both',
    'count tokens/N/client/both',
    'add tokens/N/client/both',
  ]);
});

it('does not ask about a limit that it knows to be reached', async () => {
  const { ask, table, clock } = createSetup();
  for (let n = 0; n < 2; n += 1) await ask({ dialect, client: twoRequests });
  for (let n = 0; n < 2; n += 1) await ask({ dialect, client: eightTokens });
  const { length } = table.calls;
  for (let n = 0; n < 3; n += 1) {
    expect((await ask({ dialect, client: twoRequests })).status).toBe(429);
    expect((await ask({ dialect, client: eightTokens })).status).toBe(429);
  }
  expect(table.calls).toHaveLength(length);
  clock.advance(60_000);
  expect((await ask({ dialect, client: twoRequests })).status).toBe(200);
});

it('gives the default limits to a client whose record does not say, each by itself', async () => {
  const { ask } = createSetup({ defaults: { requestsPerMinute: 1, tokensPerDay: 50 } });
  const limitsOf = async (client: Client) => {
    const rates = ratesOf(await ask({ dialect, client }));
    return [rates['X-Ratelimit-Limit-Requests'], rates['X-Ratelimit-Limit-Tokens']];
  };
  expect(await limitsOf(free)).toEqual(['1', '50']);
  expect(await limitsOf(twoRequests)).toEqual(['2', '50']);
  expect(await limitsOf(eightTokens)).toEqual(['1', '8']);
  expect(await limitsOf(both)).toEqual(['100', '1000']);
});

it('counts each client by itself', async () => {
  const { ask } = createSetup({ defaults: { requestsPerMinute: 1 } });
  expect((await ask({ dialect, client: free })).status).toBe(200);
  expect((await ask({ dialect, client: free })).status).toBe(429);
  expect((await ask({ dialect, client: eightTokens })).status).toBe(200);
});

it('answers as many as the limit allows when two gateways are asked at the same time', async () => {
  const sixty: Client = { id: 'sixty', secret: 'sixty-secret', limits: { requests_per_minute: 60 } };
  const { options, upstream } = createSetup();
  const gateways = [1, 2].map(() => createLimitedGateway({ ...options, clients: [sixty] }));
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => (await gateways[n % 2]?.ask({ dialect, client: sixty }))?.status),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(60);
  expect(statuses.filter((status) => status === 429)).toHaveLength(40);
  expect(upstream.count).toBe(60);
});

it('applies a raised limit at once, also where the old one is known to be reached', async () => {
  const { ask, options } = createSetup({ defaults: { requestsPerMinute: 1 } });
  const record = { ...free, limits: { requests_per_minute: 1 } };
  const clients = [record];
  const gateway = createLimitedGateway({ ...options, clients });
  await gateway.ask({ dialect, client: record });
  expect((await gateway.ask({ dialect, client: record })).status).toBe(429);
  expect((await ask({ dialect, client: free })).status).toBe(429);
  record.limits.requests_per_minute = 9;
  expect((await gateway.ask({ dialect, client: record })).status).toBe(200);
});

it('counts a refusal as a limit of the client, not of the upstream', async () => {
  const { ask, lines, metrics } = createSetup();
  for (let n = 0; n < 3; n += 1) await ask({ dialect, client: twoRequests });
  expect(lines.at(-1)?.fields['code']).toBe('client_requests_limit');
  expect(metrics.at(-1)).toMatchObject({ client_limits: { value: 1 }, upstream_limits: undefined });
});

it('counts no answer that is repeated for an Idempotency-Key', async () => {
  const { clock, table, upstream } = createSetup();
  const { log } = createLogRecorder();
  const defaults = { requestsPerMinute: 1, tokensPerDay: 6 };
  const inner = createClientLimits({ table, clock, log, defaults });
  const { ask } = createIdempotentGateway({ upstream, table, clock, inner });
  for (let n = 0; n < 3; n += 1) expect((await ask({ dialect, key: 'first' })).status).toBe(200);
  expect((await ask({ dialect, key: 'second' })).status).toBe(429);
  expect(await countTokens(table, clock, firstClient.id)).toBe(5);
  clock.advance(60_000);
  // The refusal was not kept.
  expect((await ask({ dialect, key: 'second' })).status).toBe(200);
});

it('tells no secret in a refusal', async () => {
  const { ask, lines } = createSetup();
  for (let n = 0; n < 3; n += 1) await ask({ dialect, client: twoRequests });
  const refused = await ask({ dialect, client: twoRequests });
  expect(JSON.stringify([refused, lines])).not.toContain('two-secret');
});
