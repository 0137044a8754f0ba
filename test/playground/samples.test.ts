// Each sample is a program that runs: those that can run here do, and make exactly the call of the page.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildBody } from '../../playground/call/body.ts';
import type { AccessKind, Call } from '../../playground/call/call.ts';
import { samples, writeSample } from '../../playground/samples/samples.ts';
import type { WrittenSample } from '../../playground/samples/samples.ts';
import { startHttpServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client, parseFrames } from '../servers/v1-client.ts';
import { createCatalog } from './create-catalog.ts';
import { stubJavaSdk } from './stub-java-sdk.ts';

const run = promisify(execFile);
const catalog = createCatalog();
const directory = mkdtempSync(join(tmpdir(), 'playground-samples-'));
symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(directory, 'node_modules'), 'junction');
let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await local.stop();
});

/** Everything that has to be escaped somewhere. */
const prompt = `It's "quoted" \\ $HOME \`date\` %s \${x}\n\ttab, 你好 🚀 \u2028 \u0001 #{y} '''`;
const v1Values = {
  temperature: '1',
  top_k: '4',
  top_p: '0.5',
  penalty_score: '1.25',
  stop: `it's\n"b"`,
  user_id: `o'Hara`,
};
const openAiValues = { ...v1Values, max_tokens: '12', n: '1', user: 'u', include_usage: 'true', echo: 'false' };

const callOf = (changes: Partial<Call>): Call => ({
  dialect: 'v1',
  stream: false,
  model: 'SQLCoder-7B',
  prompt,
  values: changes.dialect === 'openai' ? openAiValues : v1Values,
  ...changes,
});

function write(id: string, call: Call, gatewayUrl = local.url, access: AccessKind = 'keys'): WrittenSample {
  const sample = samples.find((candidate) => candidate.id === id);
  if (sample === undefined) throw new Error(`There is no sample ${id}`);
  return writeSample(sample, call, access, { url: gatewayUrl, models: catalog.models }, catalog);
}

/** Runs a program with the keys of the demo client in its environment, and nothing else but what is given. */
async function execute(command: string, fileName: string, code: string, secrets: object = {}): Promise<string> {
  const path = join(directory, fileName);
  writeFileSync(path, code);
  const env = {
    PATH: process.env['PATH'],
    QIANFAN_ACCESS_KEY: 'demo',
    QIANFAN_SECRET_KEY: 'demo-secret',
    OPENAI_API_KEY: 'demo-secret',
    ...secrets,
  };
  const { stdout, stderr } = await run(command, [path], { env, cwd: directory });
  expect(stderr).toBe('');
  return stdout;
}

/** What the call gets when it is made without a sample. */
async function expectedText({ model, values }: Call): Promise<string> {
  const client = await createV1Client(local.url);
  const endpoint = catalog.models.find(({ name }) => name === model)?.preset ?? model;
  const text = (await client.complete(endpoint, { prompt })).result ?? '';
  // The simulator counts words.
  return 'max_tokens' in values ? (/^(?:\s*\S+){12}/.exec(text)?.[0] ?? '') : text;
}

const variants = [false, true].flatMap((stream) =>
  ['SQLCoder-7B', 'lbwxxxd4_starcoder'].map((model) => ({ stream, model })),
);

describe('with curl', () => {
  it.each(variants)('V1, %j', async (variant) => {
    const call = callOf(variant);
    const output = await execute('bash', 'completion.sh', write('curl', call).code);
    const text = variant.stream
      ? parseFrames(output)
          .map(({ result }) => result)
          .join('')
      : (JSON.parse(output) as { result: string }).result;
    expect(text).toBe(await expectedText(call));
  });

  it.each([false, true])('OpenAI, stream: %s', async (stream) => {
    const call = callOf({ dialect: 'openai', stream });
    const output = await execute('bash', 'completion.sh', write('curl', call).code);
    const events = stream ? output.split('\n').flatMap((line) => /^data: (\{.*)$/.exec(line)?.[1] ?? []) : [output];
    const texts = events.map((event) => (JSON.parse(event) as { choices: { text: string }[] }).choices[0]?.text ?? '');
    expect(texts.join('')).toBe(await expectedText(call));
    // The usage that was asked for.
    expect(output).toContain('"completion_tokens":12');
  });
});

describe('a suffix', () => {
  const suffix = `\n  return "it's" \\ 🚀\n`;
  const call = callOf({ dialect: 'openai', values: { ...openAiValues, suffix } });

  it.each([
    ['curl', 'bash', 'completion.sh'],
    ['openai-node', process.execPath, 'completion.mjs'],
  ])('is on the wire as it was typed: %s', async (id, command, fileName) => {
    const server = await startHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ choices: [{ text: 'Hi' }] }));
    });
    await execute(command, fileName, write(id, call, server.url).code);
    await server.close();
    expect(server.requests.map(({ body }) => JSON.parse(body) as object)).toEqual([
      expect.objectContaining({ prompt, suffix }),
    ]);
  });

  it('is an argument of its own in Python, and left out by name for the SDKs of Qianfan', () => {
    expect(write('openai-python', call).code).toContain(`\n    suffix=${JSON.stringify(suffix)},\n`);
    expect(write('qianfan-python', call).leftOut).toContain('suffix');
  });
});

describe('with what the caller has instead of keys', () => {
  it('curl sends the access_token as it is', async () => {
    const { accessToken } = await createV1Client(local.url);
    const { code, secrets } = write('curl', callOf({}), local.url, 'access_token');
    expect(secrets).toEqual(['QIANFAN_ACCESS_TOKEN']);
    const output = await execute('bash', 'token.sh', code, { QIANFAN_ACCESS_TOKEN: accessToken });
    expect(output).toContain('"result"');
  });

  it('curl sends the token of a sign-in as Bearer, in both dialects', async () => {
    const server = await startHttpServer((_request, response) => response.end('{}'));
    const token = { BEARER_TOKEN: 'a.b.c', OPENAI_API_KEY: 'a.b.c' };
    for (const dialect of ['v1', 'openai'] as const) {
      await execute('bash', 'bearer.sh', write('curl', callOf({ dialect }), server.url, 'bearer').code, token);
    }
    await server.close();
    expect(server.requests.map(({ url }) => url.search)).toEqual(['', '']);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer a.b.c', 'Bearer a.b.c']);
  });

  it('the SDKs of Qianfan need keys all the same, and it is said', () => {
    const needs = (id: string, access: AccessKind): boolean => write(id, callOf({}), local.url, access).needsKeys;
    expect(['curl', 'qianfan-java', 'openai-node'].map((id) => needs(id, 'bearer'))).toEqual([false, true, false]);
    expect(needs('qianfan-java', 'keys')).toBe(false);
  });

  it('wrong keys end the program with the status', async () => {
    const { code } = write('curl', callOf({}));
    await expect(execute('bash', 'wrong.sh', code, { QIANFAN_SECRET_KEY: 'wrong' })).rejects.toThrow(/401/);
  });
});

describe('with Node', () => {
  it.each(variants)('the SDK of Qianfan, %j', async (variant) => {
    const call = callOf(variant);
    const output = await execute(process.execPath, 'completion.mjs', write('qianfan-node', call).code);
    expect(output).toBe(`${await expectedText(call)}\n`);
  });

  it.each([false, true])('the SDK of OpenAI, stream: %s', async (stream) => {
    const call = callOf({ dialect: 'openai', stream });
    const output = await execute(process.execPath, 'completion.mjs', write('openai-node', call).code);
    expect(output).toBe(`${await expectedText(call)}\n`);
  });
});

describe('on the wire', () => {
  it.each([
    ['curl', 'bash', 'v1'],
    ['qianfan-node', process.execPath, 'v1'],
    ['curl', 'bash', 'openai'],
    ['openai-node', process.execPath, 'openai'],
  ] as const)('%s sends the body that the page sends (%s, %s)', async (id, command, dialect) => {
    const server = await startHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ access_token: 'token', result: 'Hi', choices: [{ text: 'Hi' }] }));
    });
    const call = callOf({ dialect });
    await execute(command, id === 'curl' ? 'completion.sh' : 'completion.mjs', write(id, call, server.url).code);
    await server.close();
    const bodies = server.requests.filter(({ url }) => /\/(?:completions|sqlcoder_7b)$/.test(url.pathname));
    const sent = bodies.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    // The SDK of Qianfan adds these to each.
    for (const body of id === 'qianfan-node' ? sent : []) {
      delete body['model'];
      delete body['extra_parameters'];
    }
    expect(sent).toEqual([buildBody(call, catalog.parameters[dialect])]);
  });
});

const headers = { 'X-Stream-Rescue': '2', 'Idempotency-Key': `it's "$HOME"`.replaceAll(' ', '') };

describe('a call with headers', () => {
  it.each([
    ['curl', 'bash', 'v1'],
    ['curl', 'bash', 'openai'],
    ['openai-node', process.execPath, 'openai'],
  ] as const)('has them on the wire as well: %s (%s, %s)', async (id, command, dialect) => {
    const server = await startHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'text/event-stream');
      response.end('data: [DONE]\n\n');
    });
    const call = callOf({ dialect, stream: true, headers });
    const { code, leftOut } = write(id, call, server.url, 'bearer');
    await execute(command, id === 'curl' ? 'completion.sh' : 'completion.mjs', code, { BEARER_TOKEN: 'a.b.c' });
    await server.close();
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'x-stream-rescue': '2',
      'idempotency-key': headers['Idempotency-Key'],
    });
    expect(leftOut).toEqual([]);
  });

  it.each(['qianfan-python', 'qianfan-go', 'qianfan-java', 'qianfan-node'])(
    'names them as left out for a client that cannot send them: %s',
    (id) => {
      const { code, leftOut } = write(id, callOf({ stream: true, headers }));
      expect(leftOut).toEqual(['X-Stream-Rescue', 'Idempotency-Key']);
      expect(code).not.toContain('Idempotency-Key');
    },
  );

  it('is the same program as before where it has none', () => {
    for (const { id } of samples) {
      expect(write(id, callOf({ headers: { 'Idempotency-Key': '' } }))).toEqual(write(id, callOf({})));
    }
  });
});

/** Whether a command is there; no language but Node is a dependency of this project. */
const has = (command: string, option: string): boolean => spawnSync(command, [option]).status === 0;

(has('python3', '--version') ? describe : describe.skip)('with Python', () => {
  const script = `import ast, json, sys
tree = ast.parse(open(sys.argv[1], encoding="utf-8").read())
calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
named = max(({k.arg: ast.literal_eval(k.value) for k in call.keywords} for call in calls
  if all(isinstance(k.value, (ast.Constant, ast.List, ast.Dict)) for k in call.keywords)), key=len)
print(json.dumps(named))`;

  it.each([
    ['qianfan-python', 'v1', { model: 'SQLCoder-7B', top_k: 4, penalty_score: 1.25, user_id: `o'Hara` }],
    [
      'openai-python',
      'openai',
      {
        model: 'SQLCoder-7B',
        max_tokens: 12,
        extra_body: expect.objectContaining({ top_k: 4 }),
        extra_headers: headers,
      },
    ],
  ] as const)('%s is valid Python that makes the call', async (id, dialect, expected) => {
    const path = join(directory, 'completion.py');
    writeFileSync(path, write(id, callOf({ dialect, stream: true, headers })).code);
    const { stdout } = await run('python3', ['-c', script, path]);
    expect(JSON.parse(stdout)).toMatchObject({
      prompt,
      stream: true,
      temperature: 1,
      stop: [`it's`, '"b"'],
      ...expected,
    });
  });

  it('a service of your own is called by its endpoint', () => {
    const { code } = write('qianfan-python', callOf({ model: 'lbwxxxd4_starcoder' }));
    expect(code).toContain('    endpoint="lbwxxxd4_starcoder",\n');
    expect(code).not.toContain('model=');
  });
});

(has('javac', '-version') ? describe : describe.skip)('with Java', () => {
  it.each([
    { stream: false, model: 'lbwxxxd4_starcoder' },
    { stream: true, model: 'SQLCoder-7B' },
  ])('compiles against the methods of the SDK, %j', async (variant) => {
    const project = join(directory, `java-${variant.stream}-${variant.model}`);
    mkdirSync(project);
    stubJavaSdk(project);
    writeFileSync(join(project, 'Main.java'), write('qianfan-java', callOf(variant)).code);
    const { stderr } = await run('javac', [
      '-encoding',
      'UTF-8',
      '-sourcepath',
      project,
      '-d',
      project,
      join(project, 'Main.java'),
    ]);
    expect(stderr).toBe('');
  });
});

describe('with Go', () => {
  it('the request has the fields of the SDK, each with its value', () => {
    const { code } = write('qianfan-go', callOf({ stream: true }), 'https://gateway.example/prod');
    expect(code).toContain('os.Setenv("QIANFAN_CONSOLE_BASE_URL", "https://gateway.example/prod")');
    expect(code).toContain('qianfan.NewCompletion(qianfan.WithModel("SQLCoder-7B"))');
    const fields = [...code.matchAll(/^\t\t(\w+): +([^\n]*),$/gm)].map(([, name, value]) => [name, value]);
    expect(Object.fromEntries(fields)).toEqual({
      Prompt: JSON.stringify(prompt),
      Temperature: '1',
      TopK: '4',
      TopP: '0.5',
      PenaltyScore: '1.25',
      Stop: `[]string{"it's", "\\"b\\""}`,
      UserID: `"o'Hara"`,
    });
    expect(code.match(/\{/g)).toHaveLength(code.match(/\}/g)?.length ?? 0);
  });
});

describe('a sample of the other dialect', () => {
  it('names what it has to leave out', () => {
    const call = callOf({
      dialect: 'openai',
      values: { max_tokens: '5', temperature: '0.5', include_usage: 'true' },
      stream: true,
    });
    const { code, leftOut } = write('qianfan-node', call);
    expect(leftOut).toEqual(['max_tokens']);
    expect(code).toContain('"temperature": 0.5');
    expect(code).not.toContain('stream_options');
  });

  it('names what its client cannot send', () => {
    expect(write('qianfan-go', callOf({ values: { top_p: '0', temperature: '0.5' } })).leftOut).toEqual(['top_p']);
    expect(write('qianfan-java', callOf({})).leftOut).toEqual([]);
  });
});
