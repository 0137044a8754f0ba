// The errors of the V2 side, and the V1 codes with the same meaning.

/** An error of the V2 side. */
export interface V2Error {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly message: string;
  /** The V1 codes with the same meaning; the first is the one that the V1 side gives for this error. */
  readonly errorCodes: readonly [number, ...number[]];
}

const internalError: V2Error = {
  status: 500,
  code: 'internal_error',
  type: 'Internal_error',
  message: 'Internal error',
  errorCodes: [336000, 1, 15, 500000],
};

/**
 * Every error of the V2 side. Source: https://cloud.baidu.com/doc/qianfan-api/s/Om9b4yj3w, except 404 and 503, which the page does not have. Where
 * a V1 code or a V2 code stands in two rows, the first one counts.
 */
export const v2Errors: readonly V2Error[] = [
  ...rowsOf(400, 'invalid_request_error', [
    ['malformed_json', 'Invalid Argument', [336002]],
    ['invalid_argument', 'Invalid Argument', [336003, 336001, 336104, 336105]],
    ['invalid_messages', 'messages are invalid', [336006]],
    ['characters_too_long', 'the max input characters is exceeded', [336007]],
    ['tokens_too_long', 'Prompt tokens too long', [336103]],
    ['invalid_model', 'The model does not exist or you do not have access to it.', [336005]],
  ]),
  ...rowsOf(401, 'invalid_request_error', [
    ['invalid_iam_token', 'IAM Certification failed', [14, 13, 100, 110, 111]],
    ['invalid_appid', 'No permission to use the appid', [14]],
    ['invalid_model', 'The model does not exist or you do not have access to it.', [6]],
  ]),
  ...rowsOf(401, 'access_denied', [['no_parameter_permission', 'No permission to use the parameter', [336004]]]),
  ...rowsOf(403, 'access_denied', [
    ['account_overdue', 'Access denied due to overdue account', [17]],
    ['model_offline', 'The model is offline', [336005]],
  ]),
  ...rowsOf(404, 'invalid_request_error', [['not_found', 'Unknown path', [3]]]),
  ...rowsOf(405, 'invalid_request_error', [['method_not_supported', 'The method is not supported', [336101]]]),
  ...rowsOf(429, 'rate_limit_exceeded', [
    ['rpm_rate_limit_exceeded', 'Rate limit reached for RPM', [336501]],
    ['tpm_rate_limit_exceeded', 'Rate limit reached for TPM', [336502]],
    ['user_rate_limit_exceeded', 'qps request limit by APP ID reached', [18, 19]],
    ['cluster_rate_limit_exceeded', 'request limit by resource cluster reached', [4]],
  ]),
  internalError,
  ...rowsOf(503, 'server_overloaded', [['server_overloaded', 'The server is overloaded', [336100, 2]]]),
];

/** The codes that the fault `error` may name. */
export const v2ErrorCodes: readonly string[] = [...new Set(v2Errors.map(({ code }) => code))];

/** Finds the V2 error with a V2 code, or the one that corresponds to a V1 code; internal_error if there is none. */
export function findV2Error(wanted: string | number): V2Error {
  const isWanted = ({ code, errorCodes }: V2Error): boolean =>
    typeof wanted === 'string' ? code === wanted : errorCodes.includes(wanted);
  return v2Errors.find(isWanted) ?? internalError;
}

function rowsOf(
  status: number,
  type: string,
  rows: readonly (readonly [string, string, V2Error['errorCodes']])[],
): readonly V2Error[] {
  return rows.map(([code, message, errorCodes]) => ({ status, type, code, message, errorCodes }));
}
