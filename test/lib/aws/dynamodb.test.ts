// DynamoDB through the real AWS SDK, against the emulation of the local run.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createStateTable } from '../../../lib/aws/state-table.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { seedStateTable, stateTable } from '../../../local/seed-state-table.ts';
import { useEndpoint } from '../../local/emulated-queue.ts';
import { describeStateTable } from '../../doubles/state-table-contract.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

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

describeStateTable({ getTable: () => table, setNowSeconds: (seconds) => void (nowSeconds = seconds) });

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
