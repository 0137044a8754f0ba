// DynamoDB through the real AWS SDK, against the emulation of the local run.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createStateTable } from '../../../lib/aws/state-table.ts';
import { longestValueBytes } from '../../../lib/core/state-table.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { seedStateTable, stateTable } from '../../../local/seed-state-table.ts';
import { useEndpoint } from '../../local/emulated-queue.ts';
import { startHttpServer } from '../../support/start-http-server.ts';

const { signal } = new AbortController();
const environment = { ...process.env };
let aws: AwsEmulation;
let nowSeconds = 1_000;
let table: StateTable;
const clock = { now: () => nowSeconds * 1_000 };

beforeAll(async () => {
  aws = await startAwsEmulation({ port: 0, functions: new Map(), log: () => undefined });
  useEndpoint(aws.url);
  await seedStateTable((line) => {
    throw new Error(line);
  });
  table = createStateTable(stateTable, clock);
});
beforeEach(() => void (nowSeconds = 1_000));
afterAll(async () => {
  process.env = environment;
  await aws.close();
});

const until = { expiresAtSeconds: 2_000 };

/** A table behind a server that answers each request as told. */
async function withServer<T>(respond: (response: ServerResponse) => void, use: (behind: StateTable) => Promise<T>) {
  const server = await startHttpServer((_request, response) => respond(response));
  useEndpoint(server.url);
  try {
    return await use(createStateTable(stateTable, clock));
  } finally {
    useEndpoint(aws.url);
    await server.close();
  }
}

describe('counters', () => {
  it('begin at 0 and give their new value with each addition', async () => {
    const key = randomUUID();
    expect(await table.count(key, signal)).toBe(0);
    expect(await table.add(key, 3, 2_000, signal)).toBe(3);
    expect(await table.add(key, 4, 2_000, signal)).toBe(7);
    expect(await table.count(key, signal)).toBe(7);
  });

  it('sum up 100 additions at the same time, and no two of them see the same sum', async () => {
    const key = randomUUID();
    const sums = await Promise.all(Array.from({ length: 100 }, () => table.add(key, 2, 2_000, signal)));
    expect(new Set(sums).size).toBe(100);
    expect(Math.max(...sums)).toBe(200);
    expect(await table.count(key, signal)).toBe(200);
  });

  it('count nothing once they have expired', async () => {
    const key = randomUUID();
    await table.add(key, 1, 1_500, signal);
    nowSeconds = 1_499;
    expect(await table.count(key, signal)).toBe(1);
    nowSeconds = 1_500;
    expect(await table.count(key, signal)).toBe(0);
  });
});

describe('items', () => {
  it('are read as they were written, under a version that changes with each write', async () => {
    const key = `${'键'.repeat(340)}/1`;
    const first = await table.write(key, '{"text":"文"}', until, signal);
    expect(await table.read(key, signal)).toEqual({ value: '{"text":"文"}', version: first });
    const second = await table.write(key, '', { ...until, replaces: first ?? '' }, signal);
    expect(second).not.toBe(first);
    expect(await table.read(key, signal)).toEqual({ value: '', version: second });
  });

  it('are not there before they are written', async () => {
    expect(await table.read(randomUUID(), signal)).toBeUndefined();
  });

  it('are not written where there is one already', async () => {
    const key = randomUUID();
    const version = await table.write(key, '1', until, signal);
    expect(await table.write(key, '2', until, signal)).toBeUndefined();
    expect(await table.read(key, signal)).toEqual({ value: '1', version });
  });

  it('are written by one of 20 that try at the same time', async () => {
    const key = randomUUID();
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => table.write(key, String(index), until, signal)),
    );
    const winners = [...versions.entries()].filter(([, version]) => version !== undefined);
    expect(winners).toHaveLength(1);
    const [winner, version] = winners[0] ?? [];
    expect(await table.read(key, signal)).toEqual({ value: String(winner), version });
  });

  it('are replaced by one of 20 that have read the same version', async () => {
    const key = randomUUID();
    const replaces = (await table.write(key, 'first', until, signal)) ?? '';
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => table.write(key, String(index), { ...until, replaces }, signal)),
    );
    expect(versions.filter((version) => version !== undefined)).toHaveLength(1);
  });

  it('are not replaced where there is none', async () => {
    const key = randomUUID();
    expect(await table.write(key, '1', { ...until, replaces: randomUUID() }, signal)).toBeUndefined();
    expect(await table.read(key, signal)).toBeUndefined();
  });

  it('count as absent from the second they expire in, though they are still there', async () => {
    const key = randomUUID();
    await table.write(key, 'old', { expiresAtSeconds: 1_500 }, signal);
    nowSeconds = 1_499;
    expect(await table.write(key, 'new', until, signal)).toBeUndefined();
    expect(await table.read(key, signal)).toMatchObject({ value: 'old' });
    nowSeconds = 1_500;
    expect(await table.read(key, signal)).toBeUndefined();
    expect(await table.write(key, 'new', until, signal)).toMatch(/./);
    expect(await table.read(key, signal)).toMatchObject({ value: 'new' });
  });

  it('are removed only by who knows their version', async () => {
    const key = randomUUID();
    const version = (await table.write(key, '1', until, signal)) ?? '';
    await table.remove(key, randomUUID(), signal);
    expect(await table.read(key, signal)).toMatchObject({ value: '1' });
    await table.remove(key, version, signal);
    expect(await table.read(key, signal)).toBeUndefined();
    await table.remove(key, version, signal);
  });

  it('have room for the longest value', async () => {
    const key = '/'.repeat(1_024);
    const value = 'x'.repeat(longestValueBytes);
    await table.write(key, value, until, signal);
    expect(await table.read(key, signal)).toMatchObject({ value });
  });
});

describe('a table that cannot be asked', () => {
  it('is asked once more when it is throttled, and then fails', async () => {
    const key = randomUUID();
    aws.throttleNext('UpdateItem', 1);
    expect(await table.add(key, 1, 2_000, signal)).toBe(1);
    aws.throttleNext('UpdateItem', 2);
    await expect(table.add(key, 1, 2_000, signal)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(await table.count(key, signal)).toBe(1);
  });

  it('rejects when there is no such table', async () => {
    const missing = createStateTable('missing', clock);
    await expect(missing.add('k', 1, 2_000, signal)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(missing.read('k', signal)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('rejects when nobody answers, after both attempts', async () => {
    let requests = 0;
    const count = (): void => void (requests += 1);
    await withServer(count, async (silent) => {
      await expect(silent.read('k', signal)).rejects.toMatchObject({ name: 'TimeoutError' });
    });
    expect(requests).toBe(2);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    [
      'sends its answer byte by byte',
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
        const timer = setInterval(() => response.write(' '), 200);
        response.once('close', () => clearInterval(timer));
      },
    ],
    [
      'asks for a long pause',
      (response) => {
        response.writeHead(503, { 'x-amz-retry-after': '15000', 'Content-Type': 'application/x-amz-json-1.0' });
        response.end('{"__type":"com.amazonaws#ServiceUnavailable"}');
      },
    ],
  ])(
    'is given up after some seconds when it %s',
    async (_what, respond) => {
      await withServer(respond, async (slow) => {
        const asked = slow.read('k', signal).catch((error: unknown) => error);
        const tooLate = new Promise((resolve) => setTimeout(resolve, 6_000, 'too late').unref());
        expect(await Promise.race([asked, tooLate])).toMatchObject({ name: 'TimeoutError' });
      });
    },
    10_000,
  );

  it('rejects with the reason of the signal', async () => {
    const left = new AbortController();
    const leave = (): void => left.abort(new Error('gone'));
    await withServer(leave, async (silent) => {
      await expect(silent.add('k', 1, 2_000, left.signal)).rejects.toThrow('gone');
    });
  });

  it('knows its own write again when the first answer was lost', async () => {
    const key = randomUUID();
    const lossy = await startLossyProxy(aws.url);
    useEndpoint(lossy.url);
    try {
      const version = await createStateTable(stateTable, clock).write(key, '1', until, signal);
      // Two writes, and the read that tells whose is there.
      expect(lossy.requests).toHaveLength(3);
      expect(version).toMatch(/./);
      expect(await table.read(key, signal)).toEqual({ value: '1', version });
    } finally {
      useEndpoint(aws.url);
      await lossy.close();
    }
  });
});

/** Passes everything on, but drops the connection instead of the first answer. */
function startLossyProxy(target: string): ReturnType<typeof startHttpServer> {
  return startHttpServer(({ headers: received, body }, response, count) => {
    const pass = async (): Promise<void> => {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = received;
      const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
      const answer = await fetch(target, { method: 'POST', headers: pairs, body });
      const text = await answer.text();
      if (count === 1) response.destroy();
      else response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(text);
    };
    pass().catch(() => response.destroy());
  });
}
