// What a caller gets when Qianfan misbehaves: the truth or an explicit V1 error, in every case.
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';
import type { V1Answer, V1Client } from '../servers/v1-client.ts';

let local: LocalRun;
let client: V1Client;

beforeAll(async () => {
  local = await startLocalRun({ QIANFAN_LLM_API_RETRY_COUNT: '2', QIANFAN_LLM_API_RETRY_TIMEOUT: '1' });
  client = await createV1Client(local.url);
});

afterAll(async () => {
  await local.stop();
});

async function countUpstream(work: () => Promise<unknown>): Promise<number> {
  const read = async (): Promise<number> => (await readSimulatorCounts(local.simulatorUrl)).completionRequests;
  const before = await read();
  await work();
  return (await read()) - before;
}

let uniqueness = 0;
/** A prompt that the simulator has not seen, so that its `times` begin anew. */
const prompt = (directive: string): string => `p${(uniqueness += 1)} [fault ${directive}]`;

describe('a request that is refused here', () => {
  it.each<[string, unknown, number]>([
    ['no prompt', {}, 336001],
    ['an empty prompt', { prompt: '' }, 336003],
    ['a temperature of 0', { prompt: 'x', temperature: 0 }, 336003],
    ['no JSON', '{"prompt":', 336002],
    ['a body over 1 MiB', { prompt: 'x'.repeat(1_048_576) }, 336007],
  ])('never reaches Qianfan: %s', async (_name, body, errorCode) => {
    const calls = await countUpstream(async () => {
      expect(await client.complete('starcoder', body)).toMatchObject({ error_code: errorCode });
    });
    expect(calls).toBe(0);
  });

  it.each(['a.b', '..', 'a%2Fb', 'a%3Fx=1', '%', 'a b', 'a;b'])(
    'never reaches Qianfan: endpoint %s',
    async (endpoint) => {
      const calls = await countUpstream(async () => {
        const response = await fetch(
          `${local.url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint.replace('..', '%2E%2E')}?access_token=${client.accessToken}`,
          { method: 'POST', body: '{"prompt":"x"}' },
        );
        const { error_code: errorCode } = (await response.json()) as V1Answer;
        expect([3, 336005]).toContain(errorCode);
      });
      expect(calls).toBe(0);
    },
  );
});

describe.each(['sync', 'stream'] as const)('in %s mode', (mode) => {
  const ask = async (directive: string): Promise<V1Answer> => {
    const response = await client.post('starcoder', { prompt: prompt(directive), stream: mode === 'stream' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    return (await response.json()) as V1Answer;
  };

  it.each([1, 3, 4, 6, 17, 19, 336001, 336003, 336005, 336103])('passes error %i on without a retry', async (code) => {
    const calls = await countUpstream(async () => {
      expect(await ask(`error_code=${code}`)).toMatchObject({
        error_code: code,
        error_msg: expect.stringMatching(/./),
      });
    });
    expect(calls).toBe(1);
  });

  it.each([2, 15, 18, 336100, 336501, 336502])('retries error %i as often as configured', async (code) => {
    const calls = await countUpstream(async () => {
      expect(await ask(`error_code=${code}`)).toMatchObject({ error_code: code });
    });
    expect(calls).toBe(3);
  });

  it.each<[string, number, number]>([
    ['http_status=503', 2, 3],
    ['http_status=429', 18, 3],
    ['reset', 2, 3],
    ['body=html', 336000, 1],
    ['body=malformed', 336000, 1],
    ['body=empty', 336000, 1],
    ['first_byte_delay_ms=5000', 336000, 1],
  ])('answers %s with error %i after %i attempts', async (directive, code, attempts) => {
    const calls = await countUpstream(async () => {
      expect(await ask(directive)).toMatchObject({ error_code: code, error_msg: expect.stringMatching(/./) });
    });
    // On a kept connection that is reset, the same attempt is sent once more on a fresh one.
    const mostResends = directive.includes('reset') ? 1 : 0;
    expect(calls - attempts).toBeGreaterThanOrEqual(0);
    expect(calls - attempts).toBeLessThanOrEqual(mostResends);
  });

  it('succeeds when a retry does', async () => {
    const body = { prompt: prompt('error_code=336100 times=2'), stream: mode === 'stream' };
    const calls = await countUpstream(async () => {
      expect(await (await client.post('starcoder', body)).text()).toContain('"object":"completion"');
    });
    expect(calls).toBe(3);
  });

  it('recovers from a revoked token', async () => {
    const body = { prompt: prompt('revoke_token times=1'), stream: mode === 'stream' };
    expect(await (await client.post('starcoder', body)).text()).toContain('"object":"completion"');
  });
});

describe('backoff_factor', () => {
  it('holds retries back', async () => {
    const patient = await startLocalRun({ QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: '60' });
    const patientClient = await createV1Client(patient.url);
    const controller = new AbortController();
    const calls = async (): Promise<number> => (await readSimulatorCounts(patient.simulatorUrl)).completionRequests;
    const body = { prompt: '[fault error_code=18]' };
    const requests = Array.from({ length: 5 }, () => patientClient.post('starcoder', body, controller));
    while ((await calls()) < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Without a delay all five would have been repeated by now; with up to 60 s each, hardly one has.
    expect(await calls()).toBeLessThan(10);
    controller.abort();
    await Promise.allSettled(requests);
    await patient.stop();
  });
});

describe('a stream that fails after its first frame', () => {
  it.each<[string, number, number, RegExp]>([
    ['cut_after_frames=2', 2, 336000, /broke/],
    ['error_after_frames=2 error_code=336100', 2, 336100, /人工智能/],
    ['omit_is_end frames=3', 3, 336000, /ended the stream/],
    ['stall_after_frames=1', 1, 336000, /silent for 1 s/],
  ])(
    'reports %s in the two-frame shape, after %i frames, and ends cleanly',
    async (directive, frameCount, code, message) => {
      let frames: V1Answer[] = [];
      const calls = await countUpstream(async () => {
        frames = await client.stream('starcoder', { prompt: prompt(directive) });
      });
      expect(calls).toBe(1);
      expect(frames).toHaveLength(frameCount + 2);
      expect(frames.slice(0, frameCount).every((frame) => frame.is_end === false)).toBe(true);
      expect(frames.at(-2)).toMatchObject({ error_code: code, error_msg: expect.stringMatching(message) });
      // The second frame is "[ABORTED]": it makes the Java SDK raise.
      expect(frames.at(-1)).toEqual({});
    },
  );

  it('is whole when characters are split across writes', async () => {
    const sync = await client.complete('starcoder', { prompt: '北京 🎉' });
    const frames = await client.stream('starcoder', { prompt: '北京 🎉 [fault split_utf8]' });
    expect(frames.map(({ result }) => result).join('')).toBe(sync.result);
  });
});
