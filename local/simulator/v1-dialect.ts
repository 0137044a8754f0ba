// The V1 side's errors: HTTP 200 with a code and a message, whatever went wrong.
import type { Dialect } from './dialect.ts';
import { errorMessage } from './error-messages.ts';

/** HTTP 200 and `{error_code, error_msg, id?}`. */
export const v1Dialect: Dialect = {
  side: 'v1',
  tokenName: 'an access_token',
  brokenJson: '{"id":"as-simulated","object":"completion","result":"lante',
  encodeError({ errorCode, message = errorMessage(errorCode) }, id) {
    return { status: 200, value: { error_code: errorCode, error_msg: message, id } };
  },
};
