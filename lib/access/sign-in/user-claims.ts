// What the claims of a verified token say of its user.
import type { JWTPayload } from 'jose';
import * as z from 'zod/mini';
import { GatewayError } from '../../core/errors.ts';
import { lazy } from '../../core/lazy.ts';
import { highestLimit } from '../../core/limits.ts';

export interface UserClaims {
  readonly sub: string;
  /** Undefined: the token does not say. */
  readonly models: readonly string[] | undefined;
  readonly limits: { readonly requests_per_minute?: number | undefined; readonly tokens_per_day?: number | undefined };
}

/** A list, or, where claims are texts as in Cognito, names between spaces. */
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

/** Of attributes of a Cognito pool. */
const attributePrefix = 'custom:';

const claimsSchema = lazy(() =>
  z.object({
    /** It goes upstream, into logs and keys: only what can be seen. */
    sub: z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/)),
    qianfan_models: z.optional(createModelsClaim()),
    qianfan_requests_per_minute: z.optional(createLimitClaim()),
    qianfan_tokens_per_day: z.optional(createLimitClaim()),
  }),
);

/**
 * Reads `sub`, `qianfan_models`, `qianfan_requests_per_minute` and `qianfan_tokens_per_day`, the last three under
 * Cognito's prefix `custom:` as well. Of two the plain one counts: an issuer's own rules write that.
 *
 * @throws GatewayError `access_token_invalid` for a claim of another form: a limit that is not understood must not turn
 * into none.
 */
export function readClaims(payload: JWTPayload): UserClaims {
  const attributes = Object.entries(payload).filter(([name]) => name.startsWith(attributePrefix));
  const renamed = attributes.map(([name, value]) => [name.slice(attributePrefix.length), value] as const);
  const parsed = claimsSchema().safeParse({ ...Object.fromEntries(renamed), ...payload });
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
