// The processes of a soak: the simulator, and `npm start` in front of it.
import { startProcess } from '../bench/start-process.ts';
import type { StartedProcess } from '../bench/start-process.ts';
import { fileURLToPath } from 'node:url';

/** What the gateway proves itself with. */
export const upstreamKeys = { apiKey: 'soak-api-key', secretKey: 'soak-secret-key', bearerKey: 'soak-bearer-key' };

/** Seconds of silence after which the gateway gives an upstream up. */
export const silenceSeconds = 3;

export interface SoakProcesses {
  readonly simulator: StartedProcess;
  readonly gateway: StartedProcess;
  stop(): Promise<void>;
}

/** @param directory Where their output goes. */
export async function startSoak(directory: string): Promise<SoakProcesses> {
  const run = (name: string, path: string, environment: Readonly<Record<string, string>>) =>
    startProcess({
      name,
      directory,
      command: [process.execPath, fileURLToPath(new URL(path, import.meta.url))],
      environment,
    });
  const simulator = await run('simulator', './simulator-main.ts', {});
  const gateway = await run('gateway', '../../local/main.ts', {
    PORT: '0',
    SIMULATOR_PORT: '0',
    AWS_PORT: '0',
    UPSTREAM: 'qianfan-v1',
    QIANFAN_BASE_URL: simulator.url,
    QIANFAN_AK: upstreamKeys.apiKey,
    QIANFAN_SK: upstreamKeys.secretKey,
    QIANFAN_LLM_API_RETRY_TIMEOUT: String(silenceSeconds),
  });
  return { simulator, gateway, stop: async () => void (await Promise.all([gateway.stop(), simulator.stop()])) };
}
