// The model list of Baidu's console, which the official SDKs ask for before they call a model with IAM keys.
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import { endpointPattern } from '../core/models.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';
import type { Authenticator } from '../access/authenticate.ts';
import { createJsonResponse, retryAfterHeader } from '../core/json-response.ts';
import { listAllowed } from '../access/model-access.ts';
import type { Route } from './router.ts';
import type { SignatureFault } from '../access/verify-signature.ts';

const listPath = '/wenxinworkshop/service/list';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The console's own errors, with real statuses (https://cloud.baidu.com/doc/Reference/s/Bjz3uz3qj). The Python SDK
 * knows the two texts with "cause".
 */
const refusals: Readonly<Record<SignatureFault, Refusal>> = {
  missing: { status: 403, code: 'AccessDenied', message: 'The request must be signed with bce-auth-v1' },
  malformed: { status: 400, code: 'InvalidHTTPAuthHeader', message: 'The Authorization header is not valid' },
  unknown_access_key: {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'NotFound, cause: Could not find credential.',
  },
  not_yet_valid: { status: 400, code: 'RequestExpired', message: 'The timestamp is in the future' },
  expired: { status: 400, code: 'RequestExpired', message: 'The signature has expired' },
  host_not_signed: { status: 400, code: 'SignatureDoesNotMatch', message: 'The host must be signed' },
  signature_mismatch: {
    status: 400,
    code: 'SignatureDoesNotMatch',
    message: 'SignatureDoesNotMatch, cause: Fail to authn user: Signature does not match',
  },
};

/**
 * Creates the route. It lists the models the client or the end user may call; SDKs then call the endpoint at the end of each `url`
 * instead of the one they were built with.
 */
export function createServiceListRoute(authenticator: Authenticator, models: ModelCatalog): Route {
  return {
    pattern: listPath,
    dialect: 'plain',
    isForBrowsers: true,
    methods: ['POST'],
    encodeError: (thrown, request) => {
      const error = toGatewayError(thrown);
      const { status, message } = error;
      // A user's token that does not hold. All else is a fault of the gateway.
      if (status === 401) return refuse(request, { status, code: 'AccessDenied', message }, error.errorCode);
      if (status === 405) return refuse(request, { status, code: 'MethodNotAllowed', message }, error.errorCode);
      const response = refuse(request, { status, code: 'InternalError', message }, 500000);
      return { ...response, headers: { ...response.headers, ...retryAfterHeader(error) } };
    },
    handle: async (request, { record, signal }) => {
      const signer = await authenticator.authenticateSigned(request, signal);
      if (typeof signer === 'string') {
        record.error = new GatewayError('iam_certification_failed', signer);
        return refuse(request, refusals[signer], record.error.errorCode);
      }
      record.clientId = signer.id;
      const served = listAllowed(signer, models).filter(({ endpoint }) => endpointPattern.test(endpoint));
      const baseUrl = readBaseUrl(request);
      // Everything is "common": with an empty list the Python SDK asks again before every call.
      const common = served.map((model) => describeService(model, baseUrl));
      return createJsonResponse(200, { log_id: request.requestId, result: { common, custom: [] } });
    },
  };
}

/** Without a serviceId: the Java SDK reads an integer there, and Baidu's numbers mean nothing here. */
function describeService({ name, endpoint }: ServedModel, baseUrl: string): object {
  return {
    name,
    url: `${baseUrl}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`,
    apiType: 'completions',
    chargeStatus: 'OPENED',
    serviceUuid: endpoint,
    versionList: [],
  };
}

/** Where the caller found this route: scheme, host and whatever stands before the route's path. */
function readBaseUrl({ headers, path }: HttpRequest): string {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return `${scheme}://${headers['host'] ?? ''}${path.slice(0, path.length - listPath.length)}`;
}

/** The console's shape; the Go SDK looks at error_code instead when the body is JSON. */
function refuse({ requestId }: HttpRequest, { status, code, message }: Refusal, errorCode: number): HttpResponse {
  return createJsonResponse(
    status,
    { requestId, code, message, error_code: errorCode, error_msg: message },
    { 'X-Bce-Error-Code': code, 'X-Bce-Error-Message': message },
  );
}
