// The model list of the console API, which IAM clients fetch to learn the endpoints.
import { randomUUID } from 'node:crypto';
import { verifySignature } from './authenticate.ts';
import type { SignatureVerdict } from './authenticate.ts';
import { readBody, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

const presets = [
  { name: 'SQLCoder-7B', endpoint: 'sqlcoder_7b' },
  { name: 'CodeLlama-7b-Instruct', endpoint: 'codellama_7b_instruct' },
] as const;

/** The console's refusals, which unlike V1 errors have real statuses: https://cloud.baidu.com/doc/Reference/s/Bjz3uz3qj */
const refusals = {
  missing: { status: 403, code: 'AccessDenied', message: 'Access denied.' },
  malformed: { status: 400, code: 'InvalidHTTPAuthHeader', message: 'The Authorization header is invalid.' },
  unknown_access_key: {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'NotFound, cause: Could not find credential.',
  },
  not_yet_valid: { status: 400, code: 'RequestExpired', message: 'The request is not valid yet.' },
  expired: { status: 400, code: 'RequestExpired', message: 'The request has expired.' },
  host_not_signed: { status: 400, code: 'SignatureDoesNotMatch', message: 'The host must be signed.' },
  signature_mismatch: {
    status: 400,
    code: 'SignatureDoesNotMatch',
    message: 'SignatureDoesNotMatch, cause: Fail to authn user: Signature does not match',
  },
} as const satisfies Record<Exclude<SignatureVerdict, 'valid'>, object>;

/** Answers `/wenxinworkshop/service/list` with the two preset services. A filter in the body is ignored. */
export async function handleServiceList(exchange: Exchange, simulation: Simulation): Promise<void> {
  simulation.stats.serviceListRequests += 1;
  await readBody(exchange, 65_536);
  const verdict = verifySignature(exchange, simulation);
  if (verdict !== 'valid') {
    const { status, code, message } = refusals[verdict];
    const headers = { 'X-Bce-Error-Code': code, 'X-Bce-Error-Message': message };
    return sendJson(exchange, status, { requestId: randomUUID(), code, message }, headers);
  }
  const base = `http://${exchange.request.headers.host ?? '127.0.0.1'}`;
  const common = presets.map(({ name, endpoint }) => ({
    name,
    url: `${base}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`,
    apiType: 'completions',
    chargeStatus: 'OPENED',
    serviceId: `simulated-${endpoint}`,
    serviceUuid: `simulated-${endpoint}`,
    versionList: [],
  }));
  sendJson(exchange, 200, { log_id: randomUUID(), result: { common, custom: [] } });
}
