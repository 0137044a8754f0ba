// The first requests of the README and of the pages, against `npm start` without any configuration.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { completionModels } from '../../lib/core/models.ts';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client, demoClient, parseFrames } from '../servers/v1-client.ts';
import type { V1Answer, V1Client } from '../servers/v1-client.ts';

const runShell = promisify(execFile);
let local: LocalRun;
let client: V1Client;

beforeAll(async () => {
  local = await startLocalRun();
  client = await createV1Client(local.url);
});

afterAll(async () => {
  expect(await local.stop()).toBe(0);
});

/** Runs a command line as a user would paste it. */
async function shell(commandLine: string): Promise<string> {
  const { stdout } = await runShell('bash', ['-c', commandLine]);
  return stdout;
}

const completions = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';

describe('the examples of the pages, with only host, keys and endpoint name changed', () => {
  it('issues an access_token to the curl line of step one', async () => {
    const answer = JSON.parse(
      await shell(
        `curl -s '${local.url}/oauth/2.0/token?grant_type=client_credentials&client_id=${demoClient.id}&client_secret=${demoClient.secret}'`,
      ),
    ) as object;
    expect(answer).toMatchObject({ access_token: expect.stringMatching(/^24\./), expires_in: 2_592_000 });
  });

  it('answers the curl line of the Pythia-12B and StableLM-Alpha-7B pages, which carries no JSON content type', async () => {
    const answer = JSON.parse(
      await shell(`curl -s -X POST '${local.url}${completions}/lbwxxxd4_test1?access_token=${client.accessToken}' -d '{
"prompt":"Introduce the city Beijing"
}' | iconv -f utf-8 -t utf-8`),
    ) as V1Answer;
    expect(Object.keys(answer)).toEqual(['id', 'object', 'created', 'result', 'is_safe', 'usage']);
    expect(answer).toMatchObject({ object: 'completion', is_safe: 1, result: expect.stringMatching(/\w/) });
  });

  it('streams to the curl line of the streaming example', async () => {
    const frames = parseFrames(
      await shell(`curl -s -XPOST '${local.url}${completions}/lbwxxxd4_test1?access_token=${client.accessToken}' -d '{
  "prompt":"Introduce the city Beijing",
  "stream": true
}'`),
    );
    expect(frames.length).toBeGreaterThan(2);
    expect(Object.keys(frames[0] ?? {})).toEqual([
      'id',
      'object',
      'created',
      'sentence_id',
      'is_end',
      'result',
      'is_safe',
      'usage',
    ]);
  });

  it('says what is wrong with the curl line of the StarCoder page, whose printed body ends in a stray "]}"', async () => {
    const answer = JSON.parse(
      await shell(`curl -s -X POST '${local.url}${completions}/starcoder?access_token=${client.accessToken}' -d '{
"prompt":"Using Python to calculate the maximum and minimum values of an array"}
]
}' | iconv -f utf-8 -t utf-8`),
    ) as V1Answer;
    expect(answer.error_code).toBe(336002);
    expect(answer.error_msg).toMatch(/^Invalid JSON: .*position 83/);
  });
});

describe('models', () => {
  it.each(completionModels.map(({ name }) => name))('serves %s by its name', async (name) => {
    expect(await client.complete(name, { prompt: 'one two three' })).toMatchObject({ object: 'completion' });
  });

  it.each(['sqlcoder_7b', 'codellama_7b_instruct', 'lbwxxxd4_test1', 'my-own_Service2'])(
    'serves the endpoint %s',
    async (endpoint) => {
      expect(await client.complete(endpoint, { prompt: 'one two three' })).toMatchObject({ object: 'completion' });
    },
  );

  it('passes on that an endpoint does not exist', async () => {
    expect(await client.complete('no_such_api', { prompt: 'x' })).toMatchObject({ error_code: 336005 });
  });
});

describe('a stream', () => {
  it('carries the same text as the sync answer, with consecutive sentences and a running total', async () => {
    const body = { prompt: 'the same prompt', temperature: 0.5 };
    const sync = await client.complete('starcoder', body);
    const frames = await client.stream('starcoder', body);
    expect(frames.map(({ result }) => result).join('')).toBe(sync.result);
    expect(frames.map((frame) => frame.sentence_id)).toEqual(frames.map((_, index) => index));
    expect(frames.map((frame) => frame.is_end)).toEqual(frames.map((_, index) => index === frames.length - 1));
    const total = frames.reduce((sum, { usage }) => sum + (usage?.completion_tokens ?? 0), 0);
    expect(total).toBe(sync.usage?.completion_tokens);
    expect(frames.at(-1)?.usage?.total_tokens).toBe(sync.usage?.total_tokens);
  });

  /** Leaves a stream and waits until the simulator has seen somebody leave; returns how many did. */
  async function leave(controller: AbortController): Promise<number> {
    const countAborted = async (): Promise<number> => (await readSimulatorCounts(local.simulatorUrl)).abortedRequests;
    const before = await countAborted();
    controller.abort();
    while ((await countAborted()) === before) await new Promise((resolve) => setTimeout(resolve, 10));
    return (await countAborted()) - before;
  }

  it('arrives piece by piece: the first frame is there while Qianfan has yet to send the second', async () => {
    const controller = new AbortController();
    const body = { prompt: 'x [fault stall_after_frames=1]', stream: true };
    const response = await client.post('starcoder', body, controller);
    const first = await response.body?.getReader().read();
    expect(parseFrames(Buffer.from(first?.value ?? []).toString())).toMatchObject([{ sentence_id: 0, is_end: false }]);
    expect(await leave(controller)).toBe(1);
  });

  it('is cancelled upstream when its reader leaves', async () => {
    const controller = new AbortController();
    const body = { prompt: 'x [fault frames=50 frame_delay_ms=200]', stream: true };
    const response = await client.post('starcoder', body, controller);
    await response.body?.getReader().read();
    expect(await leave(controller)).toBe(1);
  });
});

describe('stop', () => {
  it('ends the text with the stop sequence, as the pages say', async () => {
    const whole = await client.complete('starcoder', { prompt: 'stop here' });
    const word = whole.result?.split(' ')[5] ?? '';
    const stopped = await client.complete('starcoder', { prompt: 'stop here', stop: [word] });
    expect(stopped.result?.endsWith(word)).toBe(true);
    expect(whole.result?.startsWith(stopped.result ?? '-')).toBe(true);
    expect(stopped.result?.length).toBeLessThan(whole.result?.length ?? 0);
  });
});

describe('paths', () => {
  it.each(['/prod', '/base/path'])('works under the prefix %s', async (prefix) => {
    const prefixed = await createV1Client(`${local.url}${prefix}`);
    expect(await prefixed.complete('starcoder', { prompt: 'x' })).toMatchObject({ object: 'completion' });
  });
});
