// `npm run keys` against a local run, and the keys it makes against the gateway.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startLocalRun, startSandbox } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';

const script = fileURLToPath(new URL('../../cli/keys.ts', import.meta.url));
let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(async () => {
  await local.stop();
});

/** As on a machine where `npm start` was given the same AWS_PORT. */
const keys = (...parameters: string[]) => keysWith({ AWS_PORT: new URL(local.awsUrl).port }, parameters);

async function keysWith(
  environment: Readonly<Record<string, string>>,
  parameters: readonly string[],
): Promise<{ code: number; out: string; error: string }> {
  const child = spawn(process.execPath, [script, ...parameters], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (error += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, error };
}

it('creates a client whose secret works, restricts its models, lists it without its secret, and revokes it', async () => {
  const created = await keys('create', 'shop', '--models', 'StarCoder,SQLCoder-7B');
  expect(created).toMatchObject({ code: 0, error: '' });
  const secret = /^secret {2}(\S+)$/m.exec(created.out)?.[1] ?? '';
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);

  const listed = await keys('list');
  expect(listed).toEqual({ code: 0, out: 'demo\tall models\nshop\tStarCoder, SQLCoder-7B\n', error: '' });

  // A gateway that is running reads the list again within a minute; one that starts now has the new one.
  const gateway = await startSandbox(local);
  try {
    const client = await createV1Client(gateway.url, { id: 'shop', secret });
    expect(await client.complete('sqlcoder_7b', { prompt: 'x' })).toMatchObject({ object: 'completion' });
    expect(await client.complete('codellama_7b_instruct', { prompt: 'x' })).toMatchObject({ error_code: 336004 });
  } finally {
    await gateway.stop();
  }

  expect(await keys('revoke', 'shop')).toEqual({ code: 0, out: 'shop is revoked\n', error: '' });
  expect((await keys('list')).out).toBe('demo\tall models\n');
});

it('creates a client with limits, and lists them', async () => {
  const created = await keys('create', 'small', '--requests-per-minute', '1', '--tokens-per-day', '100000');
  expect(created).toMatchObject({ code: 0, error: '' });
  expect((await keys('list')).out).toContain('\nsmall\tall models\t1 requests a minute\t100000 tokens a day\n');
  await keys('revoke', 'small');
});

it.each([
  ['a limit that is none', ['create', 'x', '--tokens-per-day', '0'], /--tokens-per-day must be an integer from 1/],
  ['no command', [], /usage: npm run keys/],
  ['an unknown command', ['delete', 'x'], /usage: npm run keys/],
  ['an unknown option', ['list', '--all'], /--all/],
  ['an id that is taken', ['create', 'demo'], /There is a client demo already/],
  ['an id of other characters', ['create', 'a/b'], /letters, digits/],
  ['an id that nobody has', ['revoke', 'nobody'], /There is no client nobody/],
])('says what is wrong with %s', async (_name, parameters, message) => {
  const { code, out, error } = await keys(...parameters);
  expect(error).toMatch(message);
  expect({ code, out }).toEqual({ code: 1, out: '' });
});

it('says which secret it did not find of a stage that is not deployed', async () => {
  const account = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const environment = { AWS_ENDPOINT_URL: local.awsUrl, ...account };
  expect(await keysWith(environment, ['list', '--stage', 'prod'])).toMatchObject({
    code: 1,
    error: expect.stringContaining('There is no secret qianfan-serverless/prod/clients'),
  });
});

it('says where it looked when there is no local run', async () => {
  expect(await keysWith({ AWS_PORT: '1' }, ['list'])).toMatchObject({
    code: 1,
    error: expect.stringContaining('Nothing answers at http://127.0.0.1:1; start the local run with "npm start"'),
  });
});
