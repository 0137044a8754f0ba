// Everything that is measured, started: the upstream itself, a bare proxy, our gateway in both dialects, and Portkey's.
import { fileURLToPath } from 'node:url';
import { client, createRequestBody, endOf, v1Endpoint } from './fixtures.ts';
import type { Dialect, Mode } from './fixtures.ts';
import { createFunctionEnvironment, createLocalEnvironment, upstreamKey } from './gateway-environment.ts';
import type { LoadRequest } from './load-generator.ts';
import { startProcess } from './start-process.ts';
import type { StartedProcess } from './start-process.ts';

export type TargetName = 'direct-openai' | 'direct-v1' | 'bare-openai' | 'ours-openai' | 'ours-v1' | 'portkey-openai';

export interface Target {
  readonly name: TargetName;
  readonly dialect: Dialect;
  readonly process: StartedProcess;
  readonly requests: Readonly<Record<Mode, LoadRequest>>;
}

export interface Targets {
  readonly list: readonly Target[];
  stop(): Promise<void>;
}

export interface TargetOptions {
  /** Where the processes' output goes. */
  readonly directory: string;
  /** The Node.js that Portkey's gateway runs on. */
  readonly portkeyNode: string;
}

const portkeyScript = './node_modules/@portkey-ai/gateway/build/start-server.js';
const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts all processes. The local run among them keeps the secrets and the token; no load goes through it. */
export async function startTargets({ directory, portkeyNode }: TargetOptions): Promise<Targets> {
  const started: StartedProcess[] = [];
  const start = async (name: string, command: readonly string[], environment = {}): Promise<StartedProcess> => {
    const child = await startProcess({ name, directory, command, environment });
    started.unshift(child);
    return child;
  };
  const startScript = (name: string, script: string, environment = {}): Promise<StartedProcess> =>
    start(name, [process.execPath, pathOf(script)], environment);
  const stop = async (): Promise<void> => {
    for (const child of started) await child.stop();
  };
  try {
    const upstream = await startScript('upstream', './upstream-main.ts');
    const bare = await start('bare-proxy', [process.execPath, pathOf('./bare-proxy-main.ts'), upstream.url]);
    const local = await startScript('local-run', '../../local/main.ts', createLocalEnvironment(upstream.url));
    const environment = createFunctionEnvironment(upstream.url, local.output());
    const openAi = await startScript('gateway-openai', './gateway-main.ts', { ...environment, UPSTREAM: 'openai' });
    const v1 = await startScript('gateway-v1', './gateway-main.ts', { ...environment, UPSTREAM: 'qianfan-v1' });
    const preload = ['--import', pathOf('./listen-locally.mjs')];
    const portkey = await start('portkey', [portkeyNode, ...preload, pathOf(portkeyScript), '--headless', '--port=0']);
    const portkeyHeaders = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream.url}/v1` };
    const list = [
      createOpenAiTarget('direct-openai', upstream, upstreamKey),
      createOpenAiTarget('bare-openai', bare, upstreamKey),
      createOpenAiTarget('ours-openai', openAi, client.secret),
      createOpenAiTarget('portkey-openai', portkey, upstreamKey, portkeyHeaders),
      createV1Target('direct-v1', upstream, 'any'),
      createV1Target('ours-v1', v1, await fetchAccessToken(v1.url)),
    ];
    return { list, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createOpenAiTarget(name: TargetName, child: StartedProcess, key: string, headers = {}): Target {
  const url = `${child.url}/v1/completions`;
  return createTarget(name, 'openai', child, url, { Authorization: `Bearer ${key}`, ...headers });
}

function createV1Target(name: TargetName, child: StartedProcess, token: string): Target {
  const path = `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${v1Endpoint}?access_token=${token}`;
  return createTarget(name, 'v1', child, child.url + path, {});
}

function createTarget(
  name: TargetName,
  dialect: Dialect,
  child: StartedProcess,
  url: string,
  headers: Readonly<Record<string, string>>,
): Target {
  const createRequest = (mode: Mode): LoadRequest => ({
    url,
    headers,
    body: createRequestBody(dialect, mode),
    end: endOf(dialect, mode),
  });
  const requests = { plain: createRequest('plain'), stream: createRequest('stream') };
  return { name, dialect, process: child, requests };
}

/** Asks the gateway for a token of its own, as V1 clients do. */
async function fetchAccessToken(url: string): Promise<string> {
  const query = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.id,
    client_secret: client.secret,
  });
  const response = await fetch(`${url}/oauth/2.0/token?${query.toString()}`);
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`The gateway issued no access_token (HTTP ${response.status})`);
  return token;
}
