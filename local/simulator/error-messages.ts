// The messages that Baidu documents for its V1 error codes.

const errorMessages: ReadonlyMap<number, string> = new Map([
  [1, 'Unknown error'],
  [2, 'Service temporarily unavailable'],
  [3, 'Unsupported openapi method'],
  [4, 'Open api request limit reached'],
  [6, 'No permission to access data'],
  [13, 'Get service token failed'],
  [14, 'IAM Certification failed'],
  [15, 'app not exists or create failed'],
  [17, 'Open api daily request limit reached'],
  [18, 'Open api qps request limit reached'],
  [19, 'Open api total request limit reached'],
  [100, 'Invalid parameter'],
  [110, 'Access token invalid or no longer valid'],
  [111, 'Access token expired'],
  [336000, 'Internal error'],
  [336001, 'Invalid Argument'],
  [336002, 'Invalid JSON'],
  [336003, 'parameter validation failed'],
  [336004, 'permission denied'],
  [336005, 'API name not exist'],
  [336006, 'messages length must be odd'],
  [336007, 'the max input characters is exceeded'],
  [336100, '人工智能是一项革命性的技术。与我互动的人过多，请您稍后重新向我提问。'],
  [336101, 'Invalid HTTP Method'],
  [336103, 'Prompt tokens too long'],
  [336104, 'InvalidArgumentSystem'],
  [336105, 'InvalidArgumentUserSetting'],
  [336501, 'Rate limit reached for RPM'],
  [336502, 'Rate limit reached for TPM'],
  [500000, 'ConsoleInternalError'],
]);

/**
 * The message of a V1 error code; that of code 1 when the code is not documented. Source:
 * https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh
 */
export function errorMessage(errorCode: number): string {
  return errorMessages.get(errorCode) ?? 'Unknown error';
}
