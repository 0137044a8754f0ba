// `npm run smoke` against the local run, and against servers that are broken in one way each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startHttpServer } from '../servers/start-http-server.ts';
import type { ReceivedRequest, TestServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';

interface Call {
  readonly path: string;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** What stands between the smoke test and the local run; it returns what is answered instead. */
type Break = (reply: Reply, call: Call) => Reply | 'cut';

const script = fileURLToPath(new URL('../../cli/smoke.ts', import.meta.url));
const key = 'demo:demo-secret';
const checkNames = [
  'health',
  'models of the client',
  'access_token for id and secret',
  'V1 completion',
  'V1 stream, in pieces',
  'OpenAI completion',
  'OpenAI stream, in pieces',
  'a wrong secret is refused',
  'a wrong access_token is refused',
  'a wrong Bearer key is refused',
];

let local: LocalRun;
const servers: TestServer[] = [];

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await local.stop();
});

async function smoke(...parameters: string[]): Promise<{ code: number; out: string; error: string }> {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, out, error };
}

/** Returns the outcome of each check, by its name. */
function outcomesOf(out: string): Readonly<Record<string, string>> {
  const lines = [...out.matchAll(/^(ok|FAIL|skip) +([^:(]+?)(?:: (.*))? \(\d+ ms\)$/gm)];
  return Object.fromEntries(
    lines.map(([, outcome = '', name = '', detail]) => [name, [outcome, detail].filter(Boolean).join(' ')]),
  );
}

/** Starts a server that asks the local run, and answers whole what `breakReply` makes of the reply. */
async function startBroken(breakReply: Break): Promise<string> {
  const answer = async ({ method, url, headers, body }: ReceivedRequest, response: ServerResponse): Promise<void> => {
    const kept = ['authorization', 'content-type'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    const path = url.pathname + url.search;
    const real = await fetch(local.url + path, {
      method,
      headers: Object.fromEntries(kept),
      ...(body !== '' && { body }),
    });
    const reply = breakReply({ status: real.status, body: await real.text() }, { path, body });
    if (reply === 'cut') response.destroy();
    else response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body);
  };
  const server = await startHttpServer((request, response) => void answer(request, response));
  servers.push(server);
  return server.url;
}

function isStream({ body }: Call): boolean {
  return body.includes('"stream":true');
}

describe('against the local run', () => {
  it('passes every check, under a base path as well, and prints no key', async () => {
    for (const url of [local.url, `${local.url}/prod/`]) {
      const { code, out, error } = await smoke(url, key);
      expect(Object.keys(outcomesOf(out))).toEqual(checkNames);
      expect(Object.values(outcomesOf(out)).filter((outcome) => !outcome.startsWith('ok'))).toEqual([]);
      expect({ code, error }).toEqual({ code: 0, error: '' });
      expect(out).toMatch(/^ok {4}V1 stream, in pieces: \d+ pieces/m);
      expect(out).not.toContain('demo-secret');
    }
  });

  it('asks the model that is named', async () => {
    const { code, out } = await smoke(local.url, key, '--model', 'StarCoder');
    expect(outcomesOf(out)['models of the client']).toBe('ok 11, asked is StarCoder');
    expect(code).toBe(0);
  });

  it('fails with a key that is not the client’s', async () => {
    const { code, out } = await smoke(local.url, 'demo:no-secret-of-anyone');
    expect(code).toBe(1);
    expect(outcomesOf(out)).toMatchObject({
      health: 'ok',
      'models of the client':
        'FAIL expected a list, got status 401, code invalid_api_key, message The key is not valid',
      'access_token for id and secret': expect.stringMatching(/^FAIL expected an access_token, got status 401/),
      'V1 completion': 'skip there is no model',
      'OpenAI stream, in pieces': 'skip there is no model',
      'a wrong Bearer key is refused': 'ok',
    });
    expect(out).toContain('2 of 6 checks failed, 4 were not made.');
    expect(out).not.toContain('no-secret-of-anyone');
  });
});

describe('against a broken server', () => {
  const streams = ['V1 stream, in pieces', 'OpenAI stream, in pieces'];

  it.each<[string, Break, readonly string[], RegExp]>([
    ['that holds streams back', (reply) => reply, streams, /came in one piece/],
    [
      'that drops the end of a stream',
      (reply, call) =>
        isStream(call) ? { ...reply, body: `${reply.body.split('\n\n').slice(0, -3).join('\n\n')}\n\n` } : reply,
      streams,
      /the stream ended early/,
    ],
    [
      'that reports errors in its streams',
      (reply, call) =>
        isStream(call) ? { status: 200, body: 'data: {"error_code":336100,"error_msg":"high load"}\n\n' } : reply,
      streams,
      /the stream ended early: status 200, error_code 336100, error_msg high load/,
    ],
    [
      'that answers completions with V1 errors of status 200',
      (reply, { path }) =>
        path.includes('/completions/') ? { status: 200, body: '{"error_code":17,"error_msg":"daily limit"}' } : reply,
      ['V1 completion', 'V1 stream, in pieces', 'OpenAI stream, in pieces', 'a wrong access_token is refused'],
      /expected a result, got status 200, error_code 17, error_msg daily limit/,
    ],
    [
      'that takes any key',
      (reply) =>
        reply.status === 401 || reply.body.includes('"error_code":110')
          ? { status: 200, body: '{"result":"x"}' }
          : reply,
      [...streams, 'a wrong secret is refused', 'a wrong access_token is refused', 'a wrong Bearer key is refused'],
      /expected status 401, got status 200/,
    ],
    [
      'that is an empty page',
      () => ({ status: 200, body: '<html></html>' }),
      checkNames.filter((name) => !/^V1|^OpenAI/.test(name)),
      /expected \{"status":"ok"\}, got status 200/,
    ],
    [
      'that breaks the connection',
      () => 'cut',
      checkNames.filter((name) => !/^V1|^OpenAI/.test(name)),
      /the connection failed \(UND_ERR_SOCKET\)/,
    ],
  ])('%s', async (_name, breakReply, failing, reason) => {
    const { code, out } = await smoke(await startBroken(breakReply), key);
    const failed = Object.entries(outcomesOf(out)).filter(([, outcome]) => outcome.startsWith('FAIL'));
    expect(failed.map(([name]) => name)).toEqual(failing);
    expect(failed.map(([, outcome]) => outcome).join('\n')).toMatch(reason);
    expect(code).toBe(1);
  });

  it('that shows keys: they are hidden', async () => {
    let token = '';
    const url = await startBroken((reply, { path }) => {
      token = /"access_token":"([^"]+)"/.exec(reply.body)?.[1] ?? token;
      if (path === '/v1/completions')
        return { status: 500, body: '{"error":{"message":"the key demo-secret is odd"}}' };
      return path.includes(encodeURIComponent(token)) && token !== ''
        ? { status: 500, body: `{"error_msg":"${token}"}` }
        : reply;
    });
    const { code, out } = await smoke(url, key);
    expect(token).not.toBe('');
    expect(out).toContain('error_msg [hidden]');
    expect(out).toContain('message the key [hidden] is odd');
    expect(out).not.toContain(token);
    expect(out).not.toContain('demo-secret');
    expect(code).toBe(1);
  });

  it('that nobody started', async () => {
    const server = await startHttpServer(() => undefined);
    await server.close();
    const { code, out } = await smoke(server.url, key);
    expect(outcomesOf(out)['health']).toBe('FAIL the connection failed (ECONNREFUSED)');
    expect(code).toBe(1);
  });
});

it('sends the API key of API Gateway with every request', async () => {
  const server = await startHttpServer((_request, response) => response.writeHead(403).end());
  servers.push(server);
  await smoke(server.url, key, '--api-key', 'gateway-key');
  expect(server.requests.length).toBeGreaterThan(2);
  expect(new Set(server.requests.map(({ headers }) => headers['x-api-key']))).toEqual(new Set(['gateway-key']));
});

it.each([
  ['nothing', []],
  ['no key', ['http://127.0.0.1:1']],
  ['a key without an id', ['http://127.0.0.1:1', 'my-secret']],
  ['no URL', ['localhost', 'demo:my-secret']],
  ['an unknown option', ['http://127.0.0.1:1', 'demo:my-secret', '--my-secret']],
])('explains itself when it is given %s, and quotes no key', async (_name, parameters) => {
  const { code, out, error } = await smoke(...parameters);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain('usage: npm run smoke');
  expect(error).not.toContain('my-secret');
});
