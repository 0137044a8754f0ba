// Exchanges IAM keys for a short-lived bearer token of Qianfan V2 at Baidu's IAM.
import * as z from 'zod/mini';
import type { Clock } from '../core/clock.ts';
import { signIamRequest } from '../signing/sign-iam-request.ts';
import type { Transport } from '../http-client/transport.ts';
import type { Token } from './token-source.ts';
import { askIssuer, createIssuerError } from './ask-issuer.ts';
import type { IamKeys } from '../signing/sign-iam-request.ts';

/** The lifetime to ask for: a week, so that a daily refresh may fail six times in a row. Baidu allows 300 s to 30 days. */
const lifetimeSeconds = 604_800;

const successSchema = z.object({
  // Printable ASCII without spaces, because it becomes part of a header.
  token: z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/)),
  expireTime: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
});

const failureSchema = z.object({ code: z.string().check(z.regex(/^[A-Za-z]{1,64}$/)) });

export type ExchangeBearerToken = (keys: IamKeys, signal: AbortSignal) => Promise<Token>;

/**
 * Creates the exchange, `GET /v1/BCE-BEARER/token` signed with bce-auth-v1
 * (https://cloud.baidu.com/doc/qianfan-api/s/fm4tsw9nv).
 *
 * @param baseUrl Of Baidu's IAM, e.g. `https://iam.bj.baidubce.com`.
 * @param timeoutMs How long Baidu may take to answer, for tests. Default: 20,000.
 * @throws GatewayError `service_token_failed` when Baidu answers with an error code; `upstream_http_error` or
 * `upstream_invalid_response` when it answers something else; whatever askIssuer throws.
 */
export function createBearerExchange(
  baseUrl: string,
  transport: Transport,
  clock: Clock,
  timeoutMs?: number,
): ExchangeBearerToken {
  const issuer = { name: "Baidu's IAM", transport, timeoutMs };
  return async (keys, signal) => {
    const url = new URL(`${baseUrl}/v1/BCE-BEARER/token?expireInSeconds=${lifetimeSeconds}`);
    const request = signIamRequest({ method: 'GET' as const, url, headers: {}, body: '' }, keys, clock.now());
    const { status, body } = await askIssuer(issuer, request, signal);
    const success = successSchema.safeParse(body);
    if (status === 200 && success.success) {
      return { value: success.data.token, expiresAtMs: Date.parse(success.data.expireTime) };
    }
    const failure = failureSchema.safeParse(body);
    throw createIssuerError(issuer, status, failure.success ? failure.data.code : undefined);
  };
}
