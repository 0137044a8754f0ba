// Exchanges the long-lived API Key and Secret Key for an access_token at Baidu's OAuth endpoint.
import * as z from 'zod/mini';
import type { Clock } from '../core/clock.ts';
import { redactText } from '../core/redact.ts';
import type { Transport } from '../http-client/transport.ts';
import type { Token } from './token-source.ts';
import { askIssuer, createIssuerError } from './ask-issuer.ts';

export interface OauthKeys {
  readonly apiKey: string;
  readonly secretKey: string;
}

export type ExchangeToken = (keys: OauthKeys, signal: AbortSignal) => Promise<Token>;

const longestReason = 300;

/** A year. */
const longestLifeSeconds = 31_536_000;

const successSchema = z.object({
  // Printable ASCII without spaces, because it becomes part of a query.
  access_token: z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/)),
  // Baidu's page says 30 days. An impossible lifetime is refused, so that it is not stored.
  expires_in: z.int().check(z.gt(0), z.lte(longestLifeSeconds)),
});

const failureSchema = z.object({ error: z.string(), error_description: z.optional(z.string()) });

/**
 * Creates the exchange (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/Ilkkrb0i5). Baidu requires the keys in the query,
 * so no error may show the URL.
 *
 * @param timeoutMs How long Baidu may take to answer, for tests. Default: 20,000.
 * @throws GatewayError `service_token_failed` when Baidu answers with an OAuth error; `upstream_http_error` or
 * `upstream_invalid_response` when it answers something else; whatever askIssuer throws.
 */
export function createTokenExchange(
  baseUrl: string,
  transport: Transport,
  clock: Clock,
  timeoutMs?: number,
): ExchangeToken {
  const issuer = { name: "Baidu's token endpoint", transport, timeoutMs };
  return async ({ apiKey, secretKey }, signal) => {
    const url = new URL(`${baseUrl}/oauth/2.0/token`);
    url.search = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: apiKey,
      client_secret: secretKey,
    }).toString();
    const requestedAtMs = clock.now();
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const { status, body } = await askIssuer(issuer, { method: 'POST', url, headers, body: '' }, signal);
    const success = successSchema.safeParse(body);
    if (status === 200 && success.success) {
      return {
        value: success.data.access_token,
        expiresAtMs: requestedAtMs + success.data.expires_in * 1_000,
      };
    }
    const failure = failureSchema.safeParse(body);
    if (!failure.success) throw createIssuerError(issuer, status, undefined);
    const { error, error_description: description = '' } = failure.data;
    // Redacted before it is shortened: a key cut in half would not be recognised.
    const reason = redactText(`${error}: ${description}`, [apiKey, secretKey]).slice(0, longestReason);
    throw createIssuerError(issuer, status, reason);
  };
}
