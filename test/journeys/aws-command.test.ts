// `npm run aws` as a process: what it prints, and how it ends.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createSqsClient } from '../local/aws-emulation/emulated-clients.ts';

const main = fileURLToPath(new URL('../../local/aws-emulation/main.ts', import.meta.url));
const server = new URL('../../local/aws-emulation/server.ts', import.meta.url).href;
const readyLine = /^ready (http:\/\/127\.0\.0\.1:\d+)\n/;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(arguments_: readonly string[], environment: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'], AWS_PORT: '0', ...environment };
  const child = spawn(process.execPath, arguments_, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exit = once(child, 'close');
  const waitUntilReady = async (): Promise<string> => {
    while (!readyLine.test(output.stdout)) {
      const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), exit.then(() => true)]);
      if (isOver) throw new Error(`It ended before it was ready: ${output.stderr}`);
    }
    return readyLine.exec(output.stdout)?.[1] ?? '';
  };
  return { child, output, exit, waitUntilReady };
}

it.each([['SIGINT', 'SIGTERM'] as const, ['SIGTERM', 'SIGTERM'] as const])(
  'serves queues until %s, also when another %s follows and somebody polls',
  async (first, second) => {
    const { child, output, exit, waitUntilReady } = run([main]);
    const client = createSqsClient(await waitUntilReady());
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'q' }));
    const polling = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const cut = polling.catch((error: unknown) => String(error));
    // Answered after the poll was sent, so that the poll has begun.
    await client.send(new CreateQueueCommand({ QueueName: 'q' }));
    child.kill(first);
    child.kill(second);
    expect(await exit).toEqual([0, null]);
    expect(await cut).toMatch(/socket hang up|ECONNRESET/);
    expect(output.stderr).toBe('');
  },
);

it('says in one line that its port is in use', async () => {
  const { port } = new URL(await run([main]).waitUntilReady());
  const { exit, output } = run([main], { AWS_PORT: port });
  expect(await exit).toEqual([1, null]);
  expect(output.stderr).toBe(`Port ${port} is in use: set AWS_PORT to a free port, or to 0 for any\n`);
});

it('says in one line that its port is none', async () => {
  const { exit, output } = run([main], { AWS_PORT: 'x' });
  expect(await exit).toEqual([1, null]);
  expect(output).toEqual({ stdout: '', stderr: 'AWS_PORT must be a port number from 0 to 65535\n' });
});

it('leaves nothing running once closed, though somebody polled', async () => {
  const script = `
    const { startAwsEmulation } = await import(${JSON.stringify(server)});
    const emulation = await startAwsEmulation({ port: 0, functions: new Map() });
    const call = (operation, input) => fetch(emulation.url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'AmazonSQS.' + operation },
      body: JSON.stringify(input),
    });
    const { QueueUrl } = await (await call('CreateQueue', { QueueName: 'q' })).json();
    const polling = call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 }).catch(() => 'cut');
    while (emulation.calls.length < 2) await new Promise(setImmediate);
    await emulation.close();
    console.log(await polling);`;
  const { exit, output } = run(['--input-type=module', '--eval', script]);
  expect(await exit).toEqual([0, null]);
  expect(output).toEqual({ stdout: 'cut\n', stderr: '' });
});
