// A stream whose upstream dies, as the callers see it: raw in both dialects, and through the unmodified SDKs.
import OpenAI from 'openai';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { mortalPrompt, startMortalUpstream } from '../servers/start-mortal-upstream.ts';
import type { MortalUpstream } from '../servers/start-mortal-upstream.ts';
import { createV1Client } from '../servers/v1-client.ts';
import { at, iamKeys, joinText, startNodeSdk } from './node-sdk/start-node-sdk.ts';
import { sdkDrivers } from './openai-sdks/sdk-drivers.ts';
import { postCompletion } from './openai-sdks/use-local-runs.ts';

let mortal: MortalUpstream;
let withV1: LocalRun;
let withOpenAi: LocalRun;

/** More streams die here than an upstream may before it is left alone. */
const settings = {
  MODELS: '{"StarCoder":"starcoder","SQLCoder-7B":"sqlcoder_7b"}',
  UPSTREAM_CIRCUIT_FAILURES: '0',
};

beforeAll(async () => {
  mortal = await startMortalUpstream();
  withV1 = await startLocalRun({
    QIANFAN_BASE_URL: mortal.url,
    QIANFAN_ACCESS_KEY: 'access-key',
    QIANFAN_SECRET_KEY: 'secret-key',
    ...settings,
    STREAM_RESCUE: '{"SQLCoder-7B":3}',
  });
  withOpenAi = await startLocalRun({
    UPSTREAM: 'openai',
    OPENAI_BASE_URL: `${mortal.url}/v2`,
    ...settings,
    STREAM_RESCUE: '2',
  });
});

afterAll(async () => {
  await Promise.all([withV1, withOpenAi].map((run) => run.stop()));
  await mortal.close();
});

type LogLine = Readonly<Record<string, unknown>>;

const readLines = (run: LocalRun): readonly LogLine[] =>
  [...run.output().matchAll(/^\{.*"message":"request".*\}$/gm)].map(([line]) => JSON.parse(line) as LogLine);

/** Asks, and returns the answer with the log line of the request, which comes when the answer has ended. */
async function logged<T>(run: LocalRun, ask: () => Promise<T>): Promise<{ answer: T; line: LogLine }> {
  const before = readLines(run).length;
  const answer = await ask();
  for (;;) {
    const line = readLines(run)[before];
    if (line !== undefined) return { answer, line };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const chunksOf = (stream: string): Readonly<Record<string, unknown>>[] =>
  [...stream.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? '') as Record<string, unknown>);

describe('in the V1 dialect', () => {
  const ask = { prompt: mortalPrompt };

  it('is whole where the settings say so, and counts every prompt and every token', async () => {
    mortal.dieNext(2);
    const client = await createV1Client(withV1.url);
    const { answer: frames, line } = await logged(withV1, () => client.stream('sqlcoder_7b', ask));
    expect(frames.map(({ result }) => result).join('')).toBe(mortal.text);
    expect(new Set(frames.map(({ id }) => id)).size).toBe(1);
    expect(frames.map((frame) => frame.sentence_id)).toEqual(frames.map((_, index) => index));
    // The prompts have 1, 4 and 7 words.
    expect(frames.at(-1)).toMatchObject({
      is_end: true,
      rescues: 2,
      usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 26 },
    });
    expect(frames.at(-1)).not.toHaveProperty('usage_incomplete');
    expect(line).toMatchObject({
      rescues: 2,
      rescued_from: 'upstream_truncated, upstream_truncated',
      prompt_tokens: 12,
      completion_tokens: 14,
    });
  });

  it('breaks off for a model the settings do not name', async () => {
    mortal.dieNext(1);
    const client = await createV1Client(withV1.url);
    const { answer: frames, line } = await logged(withV1, () => client.stream('starcoder', ask));
    expect(frames.map(({ result }) => result ?? '').join('')).toBe(' word0 word1 word2');
    expect(frames.at(-2)).toMatchObject({ error_code: 336000 });
    expect(line).not.toHaveProperty('rescues');
  });

  it('breaks off when it dies more often than it may be continued', async () => {
    mortal.dieNext(4);
    const client = await createV1Client(withV1.url);
    const { answer: frames, line } = await logged(withV1, () => client.stream('sqlcoder_7b', ask));
    expect(frames.at(-2)).toMatchObject({ error_code: 336000 });
    expect(line).toMatchObject({ rescues: 3, code: 'upstream_truncated' });
    mortal.dieNext(0);
  });
});

describe('in the OpenAI dialect', () => {
  const body = { model: 'StarCoder', prompt: mortalPrompt, stream: true, stream_options: { include_usage: true } };

  it('says what is known of the usage, and that it is not all', async () => {
    mortal.dieNext(1);
    const { answer: stream, line } = await logged(withOpenAi, async () =>
      (await postCompletion(withOpenAi, { ...body, echo: true })).text(),
    );
    const chunks = chunksOf(stream);
    const texts = chunks.flatMap(({ choices }) => choices as { text: string }[]).map(({ text }) => text);
    expect(texts.join('')).toBe(mortalPrompt + mortal.text);
    expect(stream).toMatch(/data: \[DONE\]\n\n$/);
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }], rescues: 1 });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 4, completion_tokens: 11, total_tokens: 15 },
      usage_incomplete: true,
      rescues: 1,
    });
    expect(line).toMatchObject({ rescues: 1, usage_incomplete: true });
  });

  it('rescues each of several texts', async () => {
    mortal.dieNext(1);
    const chunks = chunksOf(await (await postCompletion(withOpenAi, { ...body, n: 2 })).text());
    const choices = chunks.flatMap((chunk) => chunk['choices'] as { text: string; index: number }[]);
    const textOf = (wanted: number) => choices.flatMap(({ text, index }) => (index === wanted ? text : '')).join('');
    expect([textOf(0), textOf(1)]).toEqual([mortal.text, mortal.text]);
  });

  it('is refused with a header that says nothing we know', async () => {
    const response = await fetch(`${withOpenAi.url}/v1/completions`, {
      method: 'POST',
      headers: { Authorization: 'Bearer demo-secret', 'X-Stream-Rescue': 'yes' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid_parameter', param: 'X-Stream-Rescue', message: expect.stringMatching(/1, 2 or 3/) },
    });
  });
});

describe('the unmodified SDKs read a rescued stream as any other', () => {
  it.each(Object.keys(sdkDrivers))('%s', async (name) => {
    mortal.dieNext(2);
    const question = { baseUrl: withOpenAi.url, prompt: mortalPrompt };
    const { answer, line } = await logged(withOpenAi, async () => sdkDrivers[name]?.stream(question));
    expect(answer).toMatchObject({ text: mortal.text, finishReason: 'stop' });
    expect(line).toMatchObject({ rescues: 2 });
  });

  it.each([
    ['1', 'is whole where the settings have no rescue', 'StarCoder', 'whole, no error'],
    [
      '0',
      'breaks off where they have',
      'SQLCoder-7B',
      ' word0 word1 word2, The connection to the upstream broke in the middle of the stream',
    ],
  ])('openai 7 with X-Stream-Rescue: %s %s', async (header, _what, model, expected) => {
    mortal.dieNext(1);
    const client = new OpenAI({
      baseURL: `${withV1.url}/v1`,
      apiKey: 'demo-secret',
      maxRetries: 0,
      defaultHeaders: { 'X-Stream-Rescue': header },
    });
    let text = '';
    let error = 'no error';
    try {
      const stream = await client.completions.create({ model, prompt: mortalPrompt, stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    } catch (thrown) {
      error = (thrown as Error).message;
    }
    expect(`${text === mortal.text ? 'whole' : text}, ${error}`).toBe(expected);
  });

  it('@baiducloud/qianfan', async () => {
    const sdk = await startNodeSdk();
    for (const run of [withV1, withOpenAi]) {
      mortal.dieNext(2);
      const outcome = await sdk.call({
        options: { ...at(run.url), ...iamKeys() },
        model: 'SQLCoder-7B',
        body: { prompt: mortalPrompt, stream: true },
      });
      expect(outcome.error).toBeUndefined();
      expect(joinText(outcome)).toBe(mortal.text);
      expect(outcome.frames.at(-1)).toMatchObject({ is_end: true, rescues: 2 });
    }
    await sdk.stop();
  });
});
