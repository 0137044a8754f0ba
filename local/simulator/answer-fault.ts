// The faults that replace an answer.
import { STATUS_CODES } from 'node:http';
import { sendError } from './dialect.ts';
import type { Dialect, SimulatedError } from './dialect.ts';
import { pause, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { errorOf } from './faults.ts';
import type { Faults } from './faults.ts';

export interface FaultContext {
  readonly faults: Faults;
  readonly isStream: boolean;
  readonly dialect: Dialect;
  /** Revokes the token of the request; undefined if the request has none. */
  readonly revokeToken: (() => void) | undefined;
}

/** Answers with the requested fault if it replaces the completion. Returns whether it has answered. */
export async function answerFault(exchange: Exchange, context: FaultContext): Promise<boolean> {
  const { faults, isStream, dialect, revokeToken } = context;
  await pause(exchange, faults.first_byte_delay_ms ?? 0);
  if (faults.reset) {
    exchange.breakConnection('reset');
    return true;
  }
  if (faults.revoke_token) {
    revokeToken?.();
    if (revokeToken !== undefined) sendError(exchange, dialect, 110);
    else sendError(exchange, dialect, 336003, `fault revoke_token needs a request with ${dialect.tokenName}`);
    return true;
  }
  if (faults.body !== undefined) {
    sendBody(exchange, faults, isStream ? `data: ${dialect.brokenJson}\n\n` : dialect.brokenJson, isStream);
    return true;
  }
  const error = errorInstead(faults, isStream);
  if (error !== undefined) {
    const { status, value } = dialect.encodeError(error, 'as-simulated');
    sendJson(exchange, faults.http_status ?? status, value, retryAfter(faults));
    return true;
  }
  if (faults.http_status !== undefined) {
    sendText(exchange, faults, 'text/plain', `${faults.http_status} ${describeStatus(faults.http_status)}\n`);
    return true;
  }
  return false;
}

/** The error that replaces the answer. In a stream, `error_after_frames` sends it later, so there is none here. */
function errorInstead(faults: Faults, isStream: boolean): SimulatedError | undefined {
  if (faults.v1_gone) return { errorCode: 3 };
  if (faults.error_after_frames === undefined) return errorOf(faults);
  return isStream ? undefined : (errorOf(faults) ?? { errorCode: 336000 });
}

function sendBody(exchange: Exchange, faults: Faults, broken: string, isStream: boolean): void {
  if (faults.body === 'html') {
    const title = describeStatus(faults.http_status ?? 200);
    const page = `<!doctype html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
    return sendText(exchange, faults, 'text/html', page);
  }
  const contentType = isStream ? 'text/event-stream' : 'application/json';
  sendText(exchange, faults, contentType, faults.body === 'empty' ? '' : broken);
}

function sendText({ response }: Exchange, faults: Faults, contentType: string, body: string): void {
  response.writeHead(faults.http_status ?? 200, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...retryAfter(faults),
  });
  response.end(body);
}

function retryAfter({ retry_after: seconds }: Faults): Readonly<Record<string, string>> {
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}

function describeStatus(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown Status';
}
