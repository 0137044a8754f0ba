// Exchanges IAM keys for a short-lived bearer token of Qianfan V2.
import * as z from 'zod/mini';
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { signIamRequest } from '../upstream/iam-signature.ts';
import type { Transport } from '../upstream/transport.ts';
import type { AccessToken } from './access-tokens.ts';
import type { IamKeys } from './credentials.ts';
import { readJson } from './exchange.ts';

/** What is asked for: a week, so that a daily refresh may fail six times. Baidu allows 300 s to 30 days. */
const lifetimeSeconds = 604_800;

const successSchema = z.object({
  // It becomes a header: nothing but printable characters without a space can be right.
  token: z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/)),
  expireTime: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
});

const failureSchema = z.object({ code: z.string().check(z.regex(/^[A-Za-z]{1,64}$/)) });

export type ExchangeBearerToken = (keys: IamKeys, signal: AbortSignal) => Promise<Omit<AccessToken, 'version'>>;

/**
 * Creates the exchange, `GET /v1/BCE-BEARER/token` signed with bce-auth-v1
 * (https://cloud.baidu.com/doc/qianfan-api/s/fm4tsw9nv).
 *
 * @param baseUrl Of Baidu's IAM, e.g. `https://iam.bj.baidubce.com`.
 * @throws GatewayError `service_token_failed` when it is refused or answered by something else; whatever the transport
 * throws.
 */
export function createBearerExchange(baseUrl: string, transport: Transport, clock: Clock): ExchangeBearerToken {
  return async (keys, signal) => {
    const url = new URL(`${baseUrl}/v1/BCE-BEARER/token?expireInSeconds=${lifetimeSeconds}`);
    const request = signIamRequest({ method: 'GET', url, headers: {}, body: '' }, keys, clock.now());
    const response = await transport(request, signal);
    const body = await readJson(response.body);
    const success = successSchema.safeParse(body);
    if (response.status === 200 && success.success) {
      return { value: success.data.token, expiresAtMs: Date.parse(success.data.expireTime) };
    }
    const failure = failureSchema.safeParse(body);
    const reason = failure.success ? failure.data.code : `HTTP ${response.status} without a token`;
    throw new GatewayError('service_token_failed', `Baidu's IAM refused to issue a bearer token (${reason})`);
  };
}
