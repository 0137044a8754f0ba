// Routes that Qianfan does not have: read the counts of the simulator, revoke its tokens, switch V1 off.
import { isFields, parseJsonBody } from './body-checks.ts';
import { sendError } from './dialect.ts';
import { receiveBody, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';
import { v1Dialect } from './v1-dialect.ts';

/** Answers `GET /simulator/stats` with the counts since the start. */
export function handleStats(exchange: Exchange, simulation: Simulation): void {
  sendJson(exchange, 200, simulation.stats);
}

/** Answers `POST /simulator/revoke-tokens`: every token issued so far is refused from now on. */
export function handleRevokeTokens(exchange: Exchange, simulation: Simulation): void {
  sendJson(exchange, 200, { revoked: revokeTokens(simulation) });
}

/** Answers `POST /simulator/v1-gone`: `{"gone":true}` switches V1 model calls off, `{"gone":false}` on again. */
export async function handleV1Gone(exchange: Exchange, { v1 }: Simulation): Promise<void> {
  const body = parseJsonBody((await receiveBody(exchange, 65_536)) ?? Buffer.of());
  const isGone = isFields(body) ? body['gone'] : undefined;
  if (typeof isGone !== 'boolean') return sendError(exchange, v1Dialect, 336001, 'gone must be true or false');
  v1.isGone = isGone;
  sendJson(exchange, 200, { gone: v1.isGone });
}

/** Revokes the tokens of both sides; returns how many there were. */
export function revokeTokens({ tokens, bearerTokens }: Simulation): number {
  return tokens.revokeAll() + bearerTokens.revokeAll();
}
