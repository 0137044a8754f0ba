// The model list of the console API, from which IAM clients learn the endpoints.
import { randomUUID } from 'node:crypto';
import { checkSignature } from './authenticate-v1.ts';
import { refuseSignature } from './console-refusal.ts';
import { receiveBody, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

const presets = [
  { name: 'SQLCoder-7B', endpoint: 'sqlcoder_7b' },
  { name: 'CodeLlama-7b-Instruct', endpoint: 'codellama_7b_instruct' },
] as const;

/** Answers `/wenxinworkshop/service/list` with the two preset services. A filter in the body is ignored. */
export async function handleServiceList(exchange: Exchange, simulation: Simulation): Promise<void> {
  simulation.stats.serviceListRequests += 1;
  await receiveBody(exchange, 65_536);
  const verdict = checkSignature(exchange, simulation);
  if (verdict !== 'valid') return refuseSignature(exchange, verdict);
  const base = `http://${exchange.request.headers.host ?? '127.0.0.1'}`;
  const common = presets.map(({ name, endpoint }) => ({
    name,
    url: `${base}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`,
    apiType: 'completions',
    chargeStatus: 'OPENED',
    serviceId: `simulated-${endpoint}`,
    serviceUuid: `simulated-${endpoint}`,
    versionList: [],
  }));
  sendJson(exchange, 200, { log_id: randomUUID(), result: { common, custom: [] } });
}
