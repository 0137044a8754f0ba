// Secrets Manager and Lambda through the real AWS SDK, against the emulation of the local run.
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { LocalFunction } from '../../../local/aws-emulation/lambda.ts';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createFunctionInvoker } from '../../../lib/aws/function-invoker.ts';
import { createSecretStore } from '../../../lib/aws/secret-store.ts';
import { createSecretsClient } from '../../local/aws-emulation/emulated-clients.ts';

const { signal } = new AbortController();
const environment = { ...process.env };
const functions = new Map<string, LocalFunction>();
let aws: AwsEmulation;

beforeAll(async () => {
  aws = await startAwsEmulation({ port: 0, functions, log: () => undefined });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
});

afterAll(async () => {
  process.env = environment;
  await aws.close();
});

async function createSecret(name: string, value?: string): Promise<void> {
  const client = createSecretsClient(aws.url);
  await client.send(new CreateSecretCommand({ Name: name, ...(value === undefined ? {} : { SecretString: value }) }));
  client.destroy();
}

describe('createSecretStore', () => {
  it('reads back what it wrote, under a version that changes with every write', async () => {
    await createSecret('round-trip');
    const store = createSecretStore();
    const first = await store.write('round-trip', { a: 1 });
    expect(await store.read('round-trip', signal)).toEqual({ value: { a: 1 }, version: first });
    const second = await store.write('round-trip', { a: 2 });
    expect(second).not.toBe(first);
    expect(await store.read('round-trip', signal)).toEqual({ value: { a: 2 }, version: second });
  });

  it('finds nothing in a secret that does not exist or has no value yet', async () => {
    await createSecret('empty');
    expect(await createSecretStore().read('missing', signal)).toBeUndefined();
    expect(await createSecretStore().read('empty', signal)).toBeUndefined();
  });

  it('has no value for a secret that is not JSON', async () => {
    await createSecret('text', 'canary');
    expect(await createSecretStore().read('text', signal)).toMatchObject({ value: undefined });
  });

  it('reads a secret that was saved with a byte order mark and a line end', async () => {
    await createSecret('edited', '\uFEFF{"QIANFAN_AK":"ak"}\r\n');
    expect(await createSecretStore().read('edited', signal)).toMatchObject({ value: { QIANFAN_AK: 'ak' } });
  });

  it('tries once more when it is throttled, and then fails', async () => {
    await createSecret('throttled', '1');
    const store = createSecretStore();
    aws.throttleNext('GetSecretValue', 1);
    expect(await store.read('throttled', signal)).toMatchObject({ value: 1 });
    aws.throttleNext('GetSecretValue', 2);
    await expect(store.read('throttled', signal)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('tries once more when an answer does not come', async () => {
    const secrets = createSecretStore();
    await createSecret('silent', '"value"');
    aws.delayNext('GetSecretValue', new Promise(() => undefined));
    await expect(secrets.read('silent', signal)).resolves.toMatchObject({ value: 'value' });
  }, 20_000);

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('gone');
    await expect(createSecretStore().read('any', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('createFunctionInvoker', () => {
  const define = (name: string, invoke: (payload: unknown) => Promise<unknown>, reservedConcurrency = 10): void => {
    functions.set(name, { invoke, reservedConcurrency, timeoutMs: 10_000 });
  };

  it('passes the payload and waits for the end', async () => {
    const payloads: unknown[] = [];
    define('good', async (payload) => payloads.push(payload));
    await expect(createFunctionInvoker()('good', { rejectedVersion: null }, signal)).resolves.toEqual({
      outcome: 'succeeded',
    });
    expect(payloads).toEqual([{ rejectedVersion: null }]);
  });

  it('tells what the function threw', async () => {
    define('bad', async () => {
      throw new Error('no keys');
    });
    await expect(createFunctionInvoker()('bad', {}, signal)).resolves.toEqual({
      outcome: 'failed',
      message: 'no keys',
    });
  });

  it('tells at once, without a retry, that the function is busy', async () => {
    const gate = Promise.withResolvers<void>();
    define('busy', () => gate.promise, 1);
    const invoke = createFunctionInvoker();
    const running = invoke('busy', {}, signal);
    while (!aws.calls.some(({ target }) => target === 'busy')) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(invoke('busy', {}, signal)).resolves.toEqual({ outcome: 'throttled' });
    gate.resolve();
    await expect(running).resolves.toEqual({ outcome: 'succeeded' });
    expect(aws.calls.filter(({ target }) => target === 'busy')).toHaveLength(2);
  });

  it('throws when there is no such function', async () => {
    await expect(createFunctionInvoker()('missing', {}, signal)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
