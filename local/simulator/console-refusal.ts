// Refusals of the console API. Unlike V1 errors they have real statuses: https://cloud.baidu.com/doc/Reference/s/Bjz3uz3qj
import { randomUUID } from 'node:crypto';
import type { SignatureVerdict } from './authenticate-v1.ts';
import { sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** `code` and `message` of the body, with the status they come with. */
export interface ConsoleRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const signatureRefusals = {
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
} as const satisfies Record<Exclude<SignatureVerdict, 'valid'>, ConsoleRefusal>;

/** Answers with a refusal, in the body and in the headers that SDKs read. */
export function sendConsoleRefusal(exchange: Exchange, { status, code, message }: ConsoleRefusal): void {
  const headers = { 'X-Bce-Error-Code': code, 'X-Bce-Error-Message': message };
  sendJson(exchange, status, { requestId: randomUUID(), code, message }, headers);
}

/** Refuses a request because of its signature. */
export function refuseSignature(exchange: Exchange, verdict: Exclude<SignatureVerdict, 'valid'>): void {
  sendConsoleRefusal(exchange, signatureRefusals[verdict]);
}
