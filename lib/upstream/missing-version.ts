// The hint that a base URL lacks its version, which is how most 404s of a new set-up come about.
import { changeError } from '../core/errors.ts';
import type { GatewayError } from '../core/errors.ts';

/**
 * Adds a hint to the error of a 404 where no segment of the path is a version such as `v1` or `v2`. It stays a hint: the
 * path may be right and the model unknown.
 */
export function hintAtMissingVersion(error: GatewayError, status: number, { pathname }: URL): GatewayError {
  if (status !== 404 || /\/v\d\w*\//.test(pathname)) return error;
  const hint = `nothing may be at ${pathname}: the upstream's base URL has no version, such as /v1, at its end`;
  return changeError(error, { message: `${error.message.trimEnd().replace(/\.$/, '')} (${hint})` });
}
