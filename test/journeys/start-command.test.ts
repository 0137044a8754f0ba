// `npm start` as a process: what it prints, and how it ends.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startPartialEmulator } from '../local/partial-emulator.ts';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const readyLine = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m;

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the gateway's URL once it is printed; rejects when the process ends before. */
  readonly url: Promise<string>;
  /** Resolves with exit code and signal. */
  readonly exit: Promise<unknown[]>;
}

const children: Run['child'][] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(environment: Record<string, string> = {}): Run {
  const env = { PATH: process.env['PATH'], PORT: '0', SIMULATOR_PORT: '0', AWS_PORT: '0', ...environment };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString();
      const ready = readyLine.exec(output.stdout)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once('close', () => reject(new Error(`It ended before it was ready: ${output.stderr}`)));
  });
  // Not every test waits for it.
  url.catch(() => undefined);
  return { child, output, url, exit: once(child, 'close') };
}

it('answers a completion, needing no configuration', async () => {
  const { url, output } = run();
  const base = await url;
  const query = 'grant_type=client_credentials&client_id=demo&client_secret=demo-secret';
  const token = (await (await fetch(`${base}/oauth/2.0/token?${query}`)).json()) as { access_token: string };
  const route = `${base}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b`;
  const body = JSON.stringify({ prompt: 'canary-prompt' });
  const response = await fetch(`${route}?access_token=${token.access_token}`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ object: 'completion', result: expect.any(String) });
  const printed = output.stdout + output.stderr;
  for (const secret of ['canary-prompt', 'demo-secret', token.access_token]) expect(printed).not.toContain(secret);
});

it.each([['SIGINT', 'SIGTERM'] as const, ['SIGTERM', 'SIGTERM'] as const])(
  'stops cleanly on %s, also when another %s follows',
  async (first, second) => {
    const { url, child, exit, output } = run();
    await url;
    child.kill(first);
    child.kill(second);
    expect(await exit).toEqual([0, null]);
    expect(output.stderr).toBe('');
  },
);

it('says where everything is, and last of all, alone, that it is ready', async () => {
  const { url, output } = run();
  const base = await url;
  const lines = output.stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/:? /)[0])).toEqual([
    'upstream',
    'AWS',
    'queue',
    'results',
    'clients',
    'playground',
    'ready',
  ]);
  const aws = /at (\S+)$/.exec(lines[1] ?? '')?.[1];
  expect(lines[2]).toBe(`queue: ${aws}/000000000000/qianfan-requests`);
  expect(lines[3]).toBe(`results: ${aws}/000000000000/qianfan-results`);
  expect(lines.slice(5)).toEqual([`playground: ${base}/playground`, `ready ${base}`]);
});

it('says in one line each what an emulator of the user does not serve, and starts', async () => {
  const [without, withoutS3] = [await startPartialEmulator('sqs', 's3'), await startPartialEmulator('s3')];
  const [bare, queued] = [run({ AWS_ENDPOINT_URL: without.url }), run({ AWS_ENDPOINT_URL: withoutS3.url })];
  await Promise.all([bare.url, queued.url]);
  expect(bare.output.stdout).toMatch(/^queue: none; SQS at AWS_ENDPOINT_URL cannot be used: \w+, HTTP 501$/m);
  expect(queued.output.stdout).toMatch(
    /^bucket: none, so a result too large for the results queue becomes a failed one; S3 .* HTTP 501$/m,
  );
  expect([bare.output.stderr, queued.output.stderr]).toEqual(['', '']);
  await Promise.all([without.close(), withoutS3.close()]);
});

it('says in one line that a port is in use', async () => {
  const { port } = new URL(await run().url);
  const { exit, output } = run({ PORT: port });
  expect(await exit).toEqual([1, null]);
  expect(output.stderr).toBe(`Port ${port} is in use: set PORT to a free port, or to 0 for any\n`);
});

it('says in one line that an emulator of the user does not answer', async () => {
  // Port 9 is the discard service, which nobody runs.
  const { exit, output } = run({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  expect(await exit).toEqual([1, null]);
  expect(output.stderr).toBe('Secrets Manager at AWS_ENDPOINT_URL cannot be used: ECONNREFUSED\n');
});

it('lists all faults of its settings, one a line', async () => {
  const { exit, output } = run({ PORT: 'x', QIANFAN_AUTH: 'x' });
  expect(await exit).toEqual([1, null]);
  expect(
    output.stderr
      .trim()
      .split('\n')
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['PORT must be a port number from 0 to 65535', 'QIANFAN_AUTH must be access_token or iam']);
  expect(output.stdout).toBe('');
});
