// Routes that are not Qianfan's: what the simulator has counted, and revoking its tokens from outside.
import { sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

/** Answers `GET /simulator/stats` with the counts since the start. */
export function handleStats(exchange: Exchange, simulation: Simulation): void {
  sendJson(exchange, 200, simulation.stats);
}

/** Answers `POST /simulator/revoke-tokens`: every token issued so far is refused with 110 from now on. */
export function handleRevokeTokens(exchange: Exchange, simulation: Simulation): void {
  sendJson(exchange, 200, { revoked: simulation.tokens.revokeAll() });
}
