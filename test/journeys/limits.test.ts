// Limits per client over several gateways: each is a process of its own, and they share nothing but AWS.
import { startAwsProcess, startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun, RunningProcess } from '../servers/start-local-run.ts';

const createClients = (name: string, limits: object) =>
  ['1', '2', '3'].map((number) => ({ id: `${name}${number}`, secret: `${name}-secret-${number}`, limits }));

/** More than one, for the case that a minute ends while the first is asked for. */
const sixties = createClients('sixty', { requests_per_minute: 60 });
const thrifty = createClients('thrifty', { tokens_per_day: 1 });

let aws: RunningProcess;
let gateways: readonly LocalRun[];

beforeAll(async () => {
  aws = await startAwsProcess();
  const shared = {
    AWS_ENDPOINT_URL: aws.url,
    CLIENTS: JSON.stringify([...sixties, ...thrifty, { id: 'free', secret: 'free-secret' }]),
    ALLOWED_ORIGINS: 'https://app.example',
  };
  gateways = await Promise.all([1, 2].map(() => startLocalRun(shared)));
});

afterAll(async () => {
  await Promise.all([...gateways.map((gateway) => gateway.stop()), aws.stop()]);
});

const ask = (gateway: number, secret = ''): Promise<Response> =>
  fetch(`${gateways[gateway]?.url}/v1/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json', Origin: 'https://app.example' },
    body: JSON.stringify({ model: 'StarCoder', prompt: 'p' }),
  });

const minute = (): number => Math.floor(Date.now() / 60_000);

it('answers exactly 60 of 100 concurrent requests that a client with 60 a minute sends to two gateways', async () => {
  for (const { secret } of sixties) {
    const begun = minute();
    const responses = await Promise.all(Array.from({ length: 100 }, (_, number) => ask(number % 2, secret)));
    const statuses = responses.map(({ status }) => status);
    if (minute() !== begun) continue;
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    expect(statuses.filter((status) => status === 429)).toHaveLength(40);
    const remaining = responses.map(({ headers }) => Number(headers.get('x-ratelimit-remaining-requests')));
    // Each of the answered saw a count of its own.
    expect(remaining.filter((_, index) => statuses[index] === 200).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, left) => left),
    );
    return;
  }
  throw new Error('No 100 requests were answered within one minute');
});

it('knows at one gateway the tokens that were used at the other, and lets a page read what is left', async () => {
  for (const { secret } of thrifty) {
    const begun = minute();
    expect((await ask(0, secret)).status).toBe(200);
    const refused = await ask(1, secret);
    if (minute() !== begun) continue;
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { code: 'client_tokens_limit', type: 'rate_limit_error' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
    expect(refused.headers.get('access-control-expose-headers')).toContain('X-Ratelimit-Remaining-Tokens');
    return;
  }
});

it('serves on without limits once the table is gone', async () => {
  const secret = sixties.at(-1)?.secret;
  await aws.kill();
  const responses = await Promise.all(Array.from({ length: 70 }, (_, number) => ask(number % 2, secret)));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(gateways.map((gateway) => gateway.output()).join('')).toMatch(/"level":"warn".*limits could not be asked for/);
});
