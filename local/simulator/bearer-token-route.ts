// The IAM route that issues short-lived tokens for V2 in answer to requests signed with IAM keys.
import { checkSignature } from './authenticate-v1.ts';
import { refuseSignature, sendConsoleRefusal } from './console-refusal.ts';
import { queryValues, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

const lifetimeSeconds = { min: 300, max: 2_592_000, byDefault: 1800 } as const;

/** Answers `/v1/BCE-BEARER/token`. Source: https://cloud.baidu.com/doc/qianfan-api/s/fm4tsw9nv */
export function handleBearerToken(exchange: Exchange, simulation: Simulation): void {
  simulation.stats.bearerTokenRequests += 1;
  const verdict = checkSignature(exchange, simulation);
  if (verdict !== 'valid') return refuseSignature(exchange, verdict);
  const { min, max, byDefault } = lifetimeSeconds;
  const [wanted = String(byDefault)] = queryValues(exchange, 'expireInSeconds');
  const seconds = /^[0-9]{1,9}$/.test(wanted) ? Number(wanted) : Number.NaN;
  if (!(seconds >= min && seconds <= max)) {
    const message = `expireInSeconds must be a number in [${min}, ${max}]`;
    return sendConsoleRefusal(exchange, { status: 400, code: 'InvalidURI', message });
  }
  const nowMs = simulation.now();
  const expiresAtMs = nowMs + seconds * 1000;
  sendJson(exchange, 200, {
    userId: 'simulated-user',
    token: simulation.bearerTokens.issue(expiresAtMs),
    status: 'enable',
    createTime: new Date(nowMs).toISOString(),
    expireTime: new Date(expiresAtMs).toISOString(),
  });
}
