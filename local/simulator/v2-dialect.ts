// The V2 side's errors: a real status and an error object.
import { createAnswerId } from './answer-id.ts';
import type { Dialect } from './dialect.ts';
import { findV2Error } from './v2-errors.ts';

/** A real status and `{error: {code, message, type}, id}`. */
export const v2Dialect: Dialect = {
  side: 'v2',
  tokenName: 'a short-lived token',
  brokenJson: '{"id":"as-simulated","object":"text_completion","choices":[{"text":"lante',
  encodeError({ errorCode, v2Code, message }, id = createAnswerId()) {
    const { status, code, type, message: documented } = findV2Error(v2Code ?? errorCode);
    return { status, value: { error: { code, message: message ?? documented, type }, id } };
  },
};
