// What autocomplete clients send, in front of each kind of upstream: one that takes suffix, one that wants the prompt of its
// model's family, and Qianfan V1. The bodies are built as the clients' sources build them.
import type { ServerResponse } from 'node:http';
import { startHttpServer } from '../servers/start-http-server.ts';
import type { ReceivedRequest, TestServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';

const prefix = 'def add(a, b):\n    return ';
const suffix = '\n\nprint(add(1, 2))\n';
const zedPrompt = `<|fim_prefix|>${prefix}<|fim_suffix|>${suffix}<|fim_middle|>`;
const zedStops = [
  '<|file_separator|>',
  '<|fim_pad|>',
  '<|fim_prefix|>',
  '<|fim_middle|>',
  '<|fim_suffix|>',
  '<|repo_name|>',
  '<|file_sep|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|cursor|>',
  '<fim_prefix>',
  '<EOT>',
  '</s>',
  '<|endoftext|>',
];
const continueStops = [
  '<fim_prefix>',
  '<fim_suffix>',
  '<fim_middle>',
  '<file_sep>',
  '<|endoftext|>',
  '</fim_middle>',
  '</code>',
  '/src/',
  '#- coding: utf-8',
  '```',
  '\ndef ',
];

interface Client {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the client leaves the family's prompt to the server. */
  readonly hasSuffix: boolean;
}

const clients: readonly Client[] = [
  {
    name: 'Tabby',
    body: { prompt: prefix, suffix, max_tokens: 64, temperature: 0.1, stream: true, presence_penalty: 0 },
    hasSuffix: true,
  },
  { name: 'Zed', body: { prompt: zedPrompt, max_tokens: 64, stop: zedStops }, hasSuffix: false },
  {
    name: 'Continue',
    body: {
      prompt: `<fim_prefix>${prefix}<fim_suffix>${suffix}<fim_middle>`,
      max_tokens: 64,
      temperature: 0.01,
      stop: continueStops,
      stream: true,
    },
    hasSuffix: false,
  },
  { name: 'Kilo Code', body: { prompt: prefix, suffix, max_tokens: 64, stream: true }, hasSuffix: true },
  { name: 'Void', body: { prompt: prefix, suffix, max_tokens: 64, stop: ['\n\n'], stream: true }, hasSuffix: true },
  { name: 'DeepSeek', body: { prompt: prefix, suffix, max_tokens: 64, stop: zedStops, echo: false }, hasSuffix: true },
  { name: "Baidu's sample", body: { prompt: prefix, suffix, max_tokens: 64, stop: ['```'] }, hasSuffix: true },
];

/** What the model writes behind every prompt: the middle, then a token that all of these families have as a stop. */
const written = ['a +', ' b<|endof', 'text|>', 'import os'];

/** A server that writes on and heeds no stop: whatever ends the text was done in front of it. */
function serve({ url, body }: ReceivedRequest, response: ServerResponse): void {
  const { stream } = JSON.parse(body) as { stream?: boolean };
  const isV1 = url.pathname.startsWith('/rpc/');
  const pieces = isV1 ? ['a +', ' b<EOT', '>', 'import os'] : written;
  if (stream !== true) {
    const text = pieces.join('');
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ id: 'x', created: 1, result: text, choices: [{ text, finish_reason: 'length' }] }));
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const [index, text] of pieces.entries()) {
    const isEnd = index === pieces.length - 1;
    const choices = [{ index: 0, text, finish_reason: isEnd ? 'length' : null }];
    response.write(`data: ${JSON.stringify({ id: 'x', created: 1, result: text, is_end: isEnd, choices })}\n\n`);
  }
  response.end(isV1 ? '' : 'data: [DONE]\n\n');
}

async function ask(run: LocalRun, path: string, body: object): Promise<Response> {
  return fetch(`${run.url}${path}`, {
    method: 'POST',
    headers: { Authorization: 'Bearer demo-secret', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The text of an answer and why it ended, whole or streamed, as a client reads it. */
async function read(response: Response): Promise<{ readonly text: string; readonly reason: string | undefined }> {
  const content = await response.text();
  expect([response.status, content]).toEqual([200, content]);
  const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream');
  const events = isStream ? content.split('\n\n').filter((event) => event !== '' && event !== 'data: [DONE]') : [];
  expect(!isStream || content.endsWith('data: [DONE]\n\n')).toBe(true);
  const answers = (isStream ? events.map((event) => event.slice('data: '.length)) : [content]).map(
    (json) => JSON.parse(json) as { choices: { text: string; finish_reason: string | null }[] },
  );
  const choices = answers.flatMap((answer) => answer.choices);
  return {
    text: choices.map(({ text }) => text).join(''),
    reason: choices.at(-1)?.finish_reason ?? undefined,
  };
}

const sentBy = (server: TestServer): Readonly<Record<string, unknown>> =>
  JSON.parse(server.requests.filter(({ url }) => url.pathname.includes('completions')).at(-1)?.body ?? '{}') as Record<
    string,
    unknown
  >;

const models = JSON.stringify({
  taking: { openai: 'taking' },
  written: { openai: 'written', fim: 'qwen' },
  none: { openai: 'none', fim: false },
});

describe('in front of an OpenAI-compatible server', () => {
  let server: TestServer;
  let run: LocalRun;
  beforeAll(async () => {
    server = await startHttpServer(serve);
    run = await startLocalRun({ UPSTREAM: 'openai', OPENAI_BASE_URL: `${server.url}/v1`, MODELS: models });
  });
  afterAll(async () => {
    await run.stop();
    await server.close();
  });

  it.each(clients)('that takes suffix, $name is answered', async ({ body, hasSuffix }) => {
    const { text } = await read(await ask(run, '/v1/completions', { model: 'taking', ...body }));
    const stops = (body['stop'] ?? []) as readonly string[];
    expect(text).toBe(stops.includes('<|endoftext|>') ? 'a + b' : written.join(''));
    const sent = sentBy(server);
    expect(sent).toMatchObject({ model: 'taking', prompt: body['prompt'], max_tokens: 64 });
    expect(sent['suffix']).toBe(hasSuffix ? suffix : undefined);
    expect((sent['stop'] as unknown[] | undefined)?.length ?? 0).toBeLessThanOrEqual(4);
  });

  it.each(clients)('that wants the prompt of the family, $name is answered', async ({ body, hasSuffix }) => {
    const { text, reason } = await read(await ask(run, '/v1/completions', { model: 'written', ...body }));
    const sent = sentBy(server);
    expect(sent).toMatchObject({ prompt: hasSuffix ? zedPrompt : body['prompt'] });
    expect(sent).not.toHaveProperty('suffix');
    expect(text).toBe('a + b');
    expect(reason).toBe('stop');
  });

  it.each(clients.filter(({ hasSuffix }) => hasSuffix))('that fills in nothing, $name is told so', async ({ body }) => {
    const response = await ask(run, '/v1/completions', { model: 'none', ...body });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'suffix' } }]);
  });

  it("answers Mistral's clients like chat", async () => {
    const body = { model: 'written', prompt: prefix, suffix, max_tokens: 64, random_seed: 7 };
    const answer = (await (await ask(run, '/v1/fim/completions', body)).json()) as object;
    expect(answer).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'a + b' }, finish_reason: 'stop' }],
    });
    expect(sentBy(server)).toMatchObject({ prompt: zedPrompt, seed: 7 });
  });
});

describe('in front of Qianfan V1', () => {
  let server: TestServer;
  let run: LocalRun;
  beforeAll(async () => {
    server = await startHttpServer(serve);
    run = await startLocalRun({
      QIANFAN_BASE_URL: server.url,
      QIANFAN_ACCESS_KEY: 'access',
      QIANFAN_SECRET_KEY: 'secret',
      MODELS: '{}',
    });
  });
  afterAll(async () => {
    await run.stop();
    await server.close();
  });

  it.each(clients.filter(({ hasSuffix }) => hasSuffix))('CodeLlama fills in for $name', async ({ body }) => {
    const { text, reason } = await read(
      await ask(run, '/v1/completions', { model: 'CodeLlama-7b-Instruct', ...body, stop: undefined }),
    );
    expect(sentBy(server)).toMatchObject({ prompt: `<PRE> ${prefix} <SUF>${suffix} <MID>` });
    expect({ text, reason }).toEqual({ text: 'a + b', reason: 'stop' });
  });

  it.each(clients)('$name gets no more stops sent than V1 takes', async ({ body }) => {
    const response = await ask(run, '/v1/completions', { model: 'StarCoder', ...body });
    expect(response.status).toBe(200);
    await response.text();
    const stops = (sentBy(server)['stop'] ?? []) as readonly string[];
    expect(stops.length).toBeLessThanOrEqual(4);
    for (const stop of stops) expect(stop.length).toBeLessThanOrEqual(20);
  });

  it('a model that was not trained to is refused, with the setting to change', async () => {
    const response = await ask(run, '/v1/completions', { model: 'SQLCoder-7B', prompt: 'a', suffix: 'b' });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/"param":"suffix"/);
  });
});

describe('in front of the simulator', () => {
  let run: LocalRun;
  beforeAll(async () => {
    run = await startLocalRun();
  });
  afterAll(() => run.stop());

  it.each(clients)('$name is answered by StarCoder', async ({ body }) => {
    const { text, reason } = await read(await ask(run, '/v1/completions', { model: 'StarCoder', ...body }));
    expect(text).not.toBe('');
    expect(reason).toMatch(/^(?:stop|length)$/);
  });

  it.each([
    [{ logprobs: false }],
    [{ response_format: { type: 'text' } }],
    [{ logit_bias: [] }],
    [{ min_p: 0 }],
    [{ repetition_penalty: 1 }],
    [{ min_tokens: 0 }],
    [{ top_k: -1 }],
    [{ top_k: 0 }],
    [{ seed: 0 }],
  ])('%j asks V1 for nothing, and is not refused', async (fields) => {
    expect((await ask(run, '/v1/completions', { model: 'Yi-34B', prompt: 'x', ...fields })).status).toBe(200);
  });
});
