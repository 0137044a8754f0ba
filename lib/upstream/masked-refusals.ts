// Keeps a refusal of the gateway's own credentials from looking like a refusal of the caller's.
import { GatewayError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Send } from './send.ts';

/** The errors with which Qianfan refuses credentials, and the V1 number under which the caller hears of it. */
const refusals: Partial<Record<ErrorCode, number>> = {
  iam_certification_failed: 14,
  access_token_malformed: 13,
  access_token_invalid: 13,
  access_token_expired: 13,
};

/**
 * Reports a refusal of the gateway's own credentials that is left after every recovery as `upstream_auth_failed`: 100, 110
 * and 111 would make the caller's SDK refresh a token that is fine.
 */
export function withMaskedRefusals(send: Send): Send {
  return async (request, call) => {
    try {
      return await send(request, call);
    } catch (error) {
      const errorCode = error instanceof GatewayError ? refusals[error.code] : undefined;
      if (errorCode === undefined) throw error;
      throw new GatewayError('upstream_auth_failed', "Qianfan refuses the gateway's credentials", {
        errorCode,
        cause: error,
      });
    }
  };
}
