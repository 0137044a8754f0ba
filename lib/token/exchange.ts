// Exchanges the long-lived API Key and Secret Key for an access_token at Baidu's OAuth endpoint.
import * as z from 'zod/mini';
import { GatewayError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Clock } from '../platform/clock.ts';
import { redactText } from '../redact.ts';
import type { Transport } from '../upstream/transport.ts';
import type { AccessToken } from './access-tokens.ts';

export interface OauthKeys {
  readonly apiKey: string;
  readonly secretKey: string;
}

export type ExchangeToken = (keys: OauthKeys, signal: AbortSignal) => Promise<Omit<AccessToken, 'version'>>;

const maxBodyLength = 65_536;

const successSchema = z.object({
  // It is put into a query and a secret: nothing but printable characters without a space can be right.
  access_token: z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/)),
  expires_in: z.int().check(z.gt(0)),
});

const failureSchema = z.object({ error: z.string(), error_description: z.optional(z.string()) });

/**
 * Creates the exchange (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/Ilkkrb0i5). The keys travel in the query, as
 * Baidu wants it, so no URL appears in an error.
 *
 * @throws GatewayError `service_token_failed` when Baidu refuses the keys or answers something else; whatever the
 * transport throws.
 */
export function createTokenExchange(baseUrl: string, transport: Transport, clock: Clock): ExchangeToken {
  return async ({ apiKey, secretKey }, signal) => {
    const url = new URL(`${baseUrl}/oauth/2.0/token`);
    url.search = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: apiKey,
      client_secret: secretKey,
    }).toString();
    const requestedAtMs = clock.now();
    const response = await transport(
      { method: 'POST', url, headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: '' },
      signal,
    );
    const body = await readJson(response.body);
    const success = successSchema.safeParse(body);
    if (response.status === 200 && success.success) {
      return {
        value: success.data.access_token,
        expiresAtMs: requestedAtMs + success.data.expires_in * 1_000,
      };
    }
    const failure = failureSchema.safeParse(body);
    const reason = failure.success
      ? redactText(`${failure.data.error}: ${failure.data.error_description ?? ''}`.slice(0, 300), [apiKey, secretKey])
      : `HTTP ${response.status} without a token`;
    throw new GatewayError('service_token_failed', `Baidu's token endpoint refused the API Key (${reason})`);
  };
}

/** Reads a short JSON body; undefined when it is none. */
export async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > maxBodyLength) return undefined;
  }
  return parseJson(text);
}
