// What the claims of a verified token say of its user.
import type { JWTPayload } from 'jose';
import * as z from 'zod/mini';
import { GatewayError } from '../errors.ts';
import { highestLimit } from '../limits.ts';

export interface UserClaims {
  readonly sub: string;
  /** Undefined: the token does not say. */
  readonly models: readonly string[] | undefined;
  readonly limits: { readonly requests_per_minute?: number | undefined; readonly tokens_per_day?: number | undefined };
}

/** A list, or, where claims are texts as in Cognito, names between spaces. */
const modelsClaim = z.pipe(
  z.union([z.array(z.string()), z.string()]),
  z.transform((models) => (typeof models === 'string' ? models.split(' ').filter((name) => name !== '') : models)),
);
const limitClaim = z.coerce.number().check(z.int(), z.minimum(1), z.maximum(highestLimit));

const claimsSchema = z.object({
  /** It goes upstream, into logs and keys: only what can be seen. */
  sub: z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/)),
  qianfan_models: z.optional(modelsClaim),
  qianfan_requests_per_minute: z.optional(limitClaim),
  qianfan_tokens_per_day: z.optional(limitClaim),
});

/**
 * Reads `sub`, `qianfan_models`, `qianfan_requests_per_minute` and `qianfan_tokens_per_day`, the last three under
 * Cognito's prefix `custom:` as well.
 *
 * @throws GatewayError `access_token_invalid` for a claim of another form: a limit that is not understood must not turn
 * into none.
 */
export function readClaims(payload: JWTPayload): UserClaims {
  const plain = Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [name.replace(/^custom:(?=qianfan_)/, ''), value]),
  );
  const parsed = claimsSchema.safeParse(plain);
  if (!parsed.success) {
    const claim = String(parsed.error.issues[0]?.path[0]);
    throw new GatewayError('access_token_invalid', `The token has a claim ${claim} of a form that is not understood`);
  }
  const { sub, qianfan_models: models } = parsed.data;
  return {
    sub,
    models,
    limits: {
      requests_per_minute: parsed.data.qianfan_requests_per_minute,
      tokens_per_day: parsed.data.qianfan_tokens_per_day,
    },
  };
}
