// A handler whose every response is compared with docs/openapi.json.
import type { HttpHandler, HttpRequest, HttpResponse } from '../../../lib/core/http.ts';
import { findFaults } from './validate-response.ts';
import type { ObservedResponse } from './validate-response.ts';

/** A response that docs/openapi.json does not describe. */
export class UndocumentedResponseError extends Error {
  override readonly name = 'UndocumentedResponseError';

  constructor(faults: readonly string[]) {
    super(`docs/openapi.json does not say this of the gateway:\n${faults.join('\n')}`);
  }
}

/** Wraps a handler: it throws UndocumentedResponseError, for a stream when it has been read to its end. */
export function withCheckedResponses(handle: HttpHandler): HttpHandler {
  return async (request, call) => {
    const response = await handle(request, call);
    const { body } = response;
    if (typeof body !== 'string') return { ...response, body: checkAtEnd(request, response, body) };
    check(request, response, body, true);
    return response;
  };
}

async function* checkAtEnd(
  request: HttpRequest,
  response: HttpResponse,
  pieces: AsyncIterable<string>,
): AsyncGenerator<string> {
  const read: string[] = [];
  let isWhole = false;
  try {
    for await (const piece of pieces) {
      read.push(piece);
      yield piece;
    }
    isWhole = true;
  } finally {
    check(request, response, read.join(''), isWhole);
  }
}

/** @throws UndocumentedResponseError */
export function checkResponse(response: ObservedResponse): void {
  const faults = findFaults(response);
  if (faults.length > 0) throw new UndocumentedResponseError(faults);
}

/** Whether a browser asks what a page may do. */
export function isPreflight(method: string, headers: Readonly<Record<string, string>>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function check({ method, path, headers }: HttpRequest, response: HttpResponse, body: string, isWhole: boolean): void {
  const { status } = response;
  const sent = Object.entries(response.headers);
  checkResponse({ method, path, isPreflight: isPreflight(method, headers), status, headers: sent, body, isWhole });
}
