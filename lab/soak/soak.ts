// One soak from start to verdict.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../simulate-queue/seeded-random.ts';
import { judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import { runLoad } from './run-load.ts';
import { startSoak, upstreamKeys } from './start-soak.ts';
import { watchProcess } from './watch-process.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly callers: number;
  readonly faultPercent: number;
  readonly words: number;
  readonly seed: number;
}

/** The client that `npm start` knows. */
const client = { id: 'demo', secret: 'demo-secret' };
/** For connections to close whose other end has gone. */
const restMs = 1_000;

export async function soak({ seconds, seed, ...options }: SoakOptions): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-soak-'));
  const processes = await startSoak(directory);
  try {
    const { gateway, simulator } = processes;
    // With them the gateway makes the connections to its own services that it keeps.
    const tokens = {
      gateway: await obtainToken(gateway.url, client.id, client.secret),
      simulator: await obtainToken(simulator.url, upstreamKeys.apiKey, upstreamKeys.secretKey),
    };
    const watch = watchProcess(gateway.pid, Math.max(100, seconds * 5));
    const before = watch.sample();
    const dropOutput = setInterval(() => gateway.dropOutput(), 10_000);
    const load = await runLoad({
      ...options,
      gatewayUrl: gateway.url,
      simulatorUrl: simulator.url,
      tokens,
      key: client.secret,
      random: createSeededRandom(seed),
      untilMs: Date.now() + seconds * 1_000,
    });
    clearInterval(dropOutput);
    watch.stop();
    // Idle connections to the upstream are kept on purpose, as long as it keeps them.
    await simulator.stop();
    await delay(restMs);
    return judge({ load, samples: watch.samples, atRest: [before, watch.sample()] });
  } finally {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function obtainToken(url: string, id: string, secret: string): Promise<string> {
  const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const response = await fetch(`${url}/oauth/2.0/token?${query.toString()}`);
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`no access_token from ${url}`);
  return token;
}
