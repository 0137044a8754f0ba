// The token route: exchanges the keys of an application, given in the query, for an access_token.
import { randomBytes } from 'node:crypto';
import { createRefreshToken } from './oauth-tokens.ts';
import { queryValues, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

/**
 * Answers `/oauth/2.0/token`. The body does not matter: SDKs send nothing, `{}`, `null` or `""`. Refusals are
 * OAuth errors with the two descriptions the Python SDK knows.
 */
export function handleTokenRequest(exchange: Exchange, simulation: Simulation): void {
  simulation.stats.tokenRequests += 1;
  const parameter = (name: string): string => queryValues(exchange, name)[0] ?? '';
  if (parameter('grant_type') !== 'client_credentials') {
    return refuse(exchange, 400, 'unsupported_grant_type', 'The authorization grant type is not supported');
  }
  const client = simulation.oauthClients.find(({ apiKey }) => apiKey === parameter('client_id'));
  if (client === undefined) return refuse(exchange, 401, 'invalid_client', 'unknown client id');
  if (client.secretKey !== parameter('client_secret')) {
    return refuse(exchange, 401, 'invalid_client', 'Client authentication failed');
  }
  simulation.stats.tokensIssued += 1;
  sendJson(exchange, 200, {
    refresh_token: createRefreshToken(simulation.now()),
    expires_in: simulation.tokens.lifetimeSeconds,
    session_key: randomBytes(32).toString('base64'),
    access_token: simulation.tokens.issue(),
    scope: 'public wenxinworkshop_mgr ai_custom_completions',
    session_secret: randomBytes(16).toString('hex'),
  });
}

function refuse(exchange: Exchange, status: number, error: string, description: string): void {
  sendJson(exchange, status, { error, error_description: description });
}
