// Reads from the claims of a verified token who its user is and what they may do.
import type { JWTPayload } from 'jose';
import * as z from 'zod/mini';
import { GatewayError } from '../../core/errors.ts';
import { lazy } from '../../core/lazy.ts';
import { highestLimit } from '../../core/limits.ts';

export interface UserClaims {
  readonly sub: string;
  /** Undefined: the token names none. */
  readonly models: readonly string[] | undefined;
  readonly limits: { readonly requests_per_minute?: number | undefined; readonly tokens_per_day?: number | undefined };
}

/** A list, or names separated by spaces, because claims of Cognito can only be texts. */
const createModelsClaim = () =>
  z.pipe(
    z.union([z.array(z.string()), z.string()]),
    z.transform((models) => (typeof models === 'string' ? models.split(' ').filter((name) => name !== '') : models)),
  );
const createLimitClaim = () =>
  z.pipe(
    z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))]),
    z.number().check(z.int(), z.minimum(1), z.maximum(highestLimit)),
  );

/** The prefix of the attributes that the owner of a Cognito pool has added. */
const attributePrefix = 'custom:';

const claimsSchema = lazy(() =>
  z.object({
    /** Printable ASCII only, because it is sent upstream, logged, and part of table keys. */
    sub: z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/)),
    qianfan_models: z.optional(createModelsClaim()),
    qianfan_requests_per_minute: z.optional(createLimitClaim()),
    qianfan_tokens_per_day: z.optional(createLimitClaim()),
  }),
);

/**
 * Reads `sub`, `qianfan_models`, `qianfan_requests_per_minute` and `qianfan_tokens_per_day`, the last three also with
 * Cognito's prefix `custom:`. If both are there, the one without prefix counts, because the issuer's own rules write it.
 *
 * @throws GatewayError `access_token_invalid` for a claim of another form. Ignoring a malformed limit would leave the
 * user without any limit.
 */
export function readClaims(payload: JWTPayload): UserClaims {
  const attributes = Object.entries(payload).filter(([name]) => name.startsWith(attributePrefix));
  const renamed = attributes.map(([name, value]) => [name.slice(attributePrefix.length), value] as const);
  const parsed = claimsSchema().safeParse({ ...Object.fromEntries(renamed), ...payload });
  if (!parsed.success) {
    const claim = String(parsed.error.issues[0]?.path[0]);
    throw new GatewayError('access_token_invalid', `The token's claim ${claim} does not have the right form`);
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
