// The faults that take the place of an answer.
import { STATUS_CODES } from 'node:http';
import type { Caller } from './authenticate.ts';
import { pause, sendError, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { errorMessage } from './error-messages.ts';
import type { Faults } from './faults.ts';
import type { AccessTokens } from './access-tokens.ts';

export interface FaultContext {
  readonly faults: Faults;
  readonly isStream: boolean;
  readonly caller: Caller;
  readonly tokens: AccessTokens;
}

/** Answers with the fault asked for, if it is one that leaves no completion. Returns whether it has. */
export async function answerFault(exchange: Exchange, context: FaultContext): Promise<boolean> {
  const { faults, isStream, caller, tokens } = context;
  await pause(exchange, faults.first_byte_delay_ms ?? 0);
  if (faults.reset) {
    exchange.breakConnection('reset');
    return true;
  }
  if (faults.revoke_token) {
    if (caller.kind !== 'token') {
      sendError(exchange, 336003, 'fault revoke_token needs a request with an access_token');
      return true;
    }
    tokens.revoke(caller.token);
    sendError(exchange, 110);
    return true;
  }
  if (faults.body !== undefined) {
    sendBody(exchange, faults, isStream);
    return true;
  }
  const errorCode = errorCodeOf(faults, isStream);
  if (errorCode !== undefined) {
    const error = { error_code: errorCode, error_msg: errorMessage(errorCode), id: 'as-simulated' };
    sendJson(exchange, faults.http_status ?? 200, error, retryAfter(faults));
    return true;
  }
  if (faults.http_status !== undefined) {
    sendText(exchange, faults, 'text/plain', `${faults.http_status} ${describeStatus(faults.http_status)}\n`);
    return true;
  }
  return false;
}

/** In a stream `error_after_frames` takes the code to its frame; an answer that is one piece is the error itself. */
function errorCodeOf({ error_code: errorCode, error_after_frames: after }: Faults, isStream: boolean) {
  if (after === undefined) return errorCode;
  return isStream ? undefined : (errorCode ?? 336000);
}

function sendBody(exchange: Exchange, faults: Faults, isStream: boolean): void {
  if (faults.body === 'html') {
    const title = describeStatus(faults.http_status ?? 200);
    const page = `<!doctype html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
    return sendText(exchange, faults, 'text/html', page);
  }
  const cutJson = faults.body === 'empty' ? '' : '{"id":"as-simulated","object":"completion","result":"lante';
  if (!isStream) return sendText(exchange, faults, 'application/json', cutJson);
  sendText(exchange, faults, 'text/event-stream', cutJson === '' ? '' : `data: ${cutJson}\n\n`);
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
