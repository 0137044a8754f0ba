// Idempotency-Key against the local run, whose table is an emulated DynamoDB behind the real AWS SDK.
import OpenAI from 'openai';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun, startSandbox } from '../servers/start-local-run.ts';
import type { LocalRun, RunningProcess } from '../servers/start-local-run.ts';
import { createV1Client, demoClient } from '../servers/v1-client.ts';

let local: LocalRun;
let sandbox: RunningProcess;

beforeAll(async () => {
  const limited = { id: 'limited', secret: 'limited-secret', limits: { requests_per_minute: 1 } };
  local = await startLocalRun({ CLIENTS: JSON.stringify([demoClient, limited]) });
  sandbox = await startSandbox(local);
});
afterAll(() => Promise.all([sandbox.stop(), local.stop()]));

const countRequests = async (): Promise<number> => (await readSimulatorCounts(local.simulatorUrl)).completionRequests;

/** How often Qianfan was asked meanwhile. */
async function countWhile(act: () => Promise<void>): Promise<number> {
  const before = await countRequests();
  await act();
  return (await countRequests()) - before;
}

let keys = 0;
/** A key that no other test has. */
const createKey = (): string => `key-canary-${(keys += 1)}`;

const post = (url: string, key: string, body: object, secret = demoClient.secret): Promise<Response> =>
  fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Idempotency-Key': key },
    body: JSON.stringify({ model: 'StarCoder', ...body }),
  });

describe('the openai client', () => {
  const create = async (key: string, url = local.url) => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'demo-secret' });
    const options = { headers: { 'Idempotency-Key': key } };
    return { client, options };
  };

  it('gets one completion for one key, from two sandboxes, and Qianfan is asked once', async () => {
    const key = createKey();
    const body = { model: 'StarCoder', prompt: 'def prompt_canary():' };
    const ids: string[] = [];
    const asked = await countWhile(async () => {
      for (const url of [local.url, sandbox.url, local.url]) {
        const { client, options } = await create(key, url);
        const { data, response } = await client.completions.create(body, options).withResponse();
        ids.push(data.id);
        expect(response.headers.get('Idempotent-Replayed')).toBe(ids.length === 1 ? null : 'true');
      }
    });
    expect([new Set(ids).size, asked]).toEqual([1, 1]);
  });

  it('gets one stream for one key, chunk for chunk', async () => {
    const key = createKey();
    const { client, options } = await create(key);
    const read = async () =>
      Array.fromAsync(
        await client.completions.create({ model: 'StarCoder', prompt: 'a stream', stream: true }, options),
      );
    const asked = await countWhile(async () => {
      const first = await read();
      expect(first.length).toBeGreaterThan(2);
      expect(await read()).toEqual(first);
    });
    expect(asked).toBe(1);
  });

  it('is told at once that its key was used for another body, and does not repeat it', async () => {
    const key = createKey();
    const { client, options } = await create(key);
    await client.completions.create({ model: 'StarCoder', prompt: 'one' }, options);
    let attempts = 0;
    const counting = client.withOptions({
      fetch: (...request) => {
        attempts += 1;
        return fetch(...request);
      },
    });
    const refused = counting.completions.create({ model: 'StarCoder', prompt: 'two' }, options);
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
    expect(attempts).toBe(1);
  });
});

it('twenty requests at once to two sandboxes get one answer, and Qianfan is asked once', async () => {
  const key = createKey();
  const asked = await countWhile(async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const response = await post(index % 2 === 0 ? local.url : sandbox.url, key, { prompt: 'at once' });
        expect(response.status).toBe(200);
        return response.text();
      }),
    );
    expect(new Set(answers).size).toBe(1);
  });
  expect(asked).toBe(1);
});

it('a repetition counts towards no limit', async () => {
  const key = createKey();
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await post(local.url, key, { prompt: 'one a minute' }, 'limited-secret')).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200]);
});

it('a stream whose reader leaves is cancelled, and its key is free again', async () => {
  const key = createKey();
  const body = { prompt: 'x [fault frames=50 frame_delay_ms=100]', stream: true };
  const controller = new AbortController();
  const request = { method: 'POST', body: JSON.stringify({ model: 'StarCoder', ...body }), signal: controller.signal };
  const headers = { Authorization: 'Bearer demo-secret', 'Idempotency-Key': key };
  const asked = await countWhile(async () => {
    const response = await fetch(`${local.url}/v1/completions`, { ...request, headers });
    await response.body?.getReader().read();
    controller.abort();
    const again = await post(local.url, key, body);
    expect(again.status).toBe(200);
    expect(again.headers.get('Idempotent-Replayed')).toBeNull();
    await again.body?.cancel();
  });
  expect(asked).toBe(2);
});

it('a stream that Qianfan breaks off is asked for again', async () => {
  const key = createKey();
  const body = { prompt: 'x [fault frames=5 frame_delay_ms=1 cut_after_frames=2]', stream: true };
  const asked = await countWhile(async () => {
    for (const _attempt of [1, 2]) expect(await (await post(local.url, key, body)).text()).toContain('"error"');
  });
  expect(asked).toBe(2);
});

it('a V1 client gets one answer for one key, with one access_token or another', async () => {
  const key = createKey();
  const clients = [await createV1Client(local.url), await createV1Client(sandbox.url)];
  const answers: string[] = [];
  const asked = await countWhile(async () => {
    for (const [index, { accessToken }] of clients.entries()) {
      const path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/starcoder';
      const url = `${index === 0 ? local.url : sandbox.url}${path}?access_token=${encodeURIComponent(accessToken)}`;
      const body = JSON.stringify({ prompt: 'once' });
      const response = await fetch(url, { method: 'POST', headers: { 'Idempotency-Key': key }, body });
      answers.push(await response.text());
    }
  });
  expect(answers[0]).toContain('"result"');
  expect([new Set(answers).size, asked]).toEqual([1, 1]);
});

it('the log says what was repeated, and has no key, prompt or text', () => {
  const lines = `${local.output()}\n${sandbox.output()}`;
  expect(lines).toMatch(/"replayed":true/);
  expect(lines).not.toMatch(/key-canary|prompt_canary/);
});
