// Routes outside any dialect: health, and the answer to paths that nothing serves.
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import { createJsonResponse, retryAfterHeader } from '../core/json-response.ts';
import { answerV1Error } from '../dialects/qianfan-v1/error.ts';
import { encodeErrorWith } from './error-response.ts';
import { answerOpenAiError } from '../dialects/openai/error.ts';
import type { Route } from './router.ts';

/**
 * Says that the function runs, and how the circuits of its upstreams stand in the sandbox that answers; it asks nobody
 * else. An open circuit is no failure of the function, so the status stays 200.
 *
 * @param readCircuits The least good state among the circuits of each upstream, by the upstream's name.
 */
export function createHealthRoute(readCircuits: () => Readonly<Record<string, string>>): Route {
  const readUpstreams = (): Record<string, { circuit: string }> =>
    Object.fromEntries(Object.entries(readCircuits()).map(([name, circuit]) => [name, { circuit }]));
  return {
    pattern: '/health',
    dialect: 'plain',
    isForBrowsers: true,
    methods: ['GET'],
    encodeError: encodePlainError,
    handle: async () => createJsonResponse(200, { status: 'ok', upstreams: readUpstreams() }),
  };
}

const encodeV1Error = encodeErrorWith({ encodeError: answerV1Error });
const encodeOpenAiError = encodeErrorWith({ encodeError: answerOpenAiError });

/** Answers every other path: V1 clients read V1 errors only, under /v1 and /v2 a 404 reads as OpenAI's. */
export const fallbackRoute: Route = {
  pattern: '(none)',
  dialect: 'plain',
  isForBrowsers: true,
  methods: 'any',
  encodeError: (error, request) => {
    if (request.path.includes('/wenxinworkshop/')) return encodeV1Error(error, request);
    return /\/v[12](?:\/|$)/.test(request.path) ? encodeOpenAiError(error, request) : encodePlainError(error);
  },
  handle: async (request) => {
    throw new GatewayError(
      'route_not_found',
      `Unsupported openapi method: nothing is served at ${describePath(request)}`,
    );
  },
};

/** A caller may have put a secret into the path by mistake, so it is shown only if it has plain characters. */
function describePath({ path }: HttpRequest): string {
  return path.length <= 200 && /^[A-Za-z0-9/._-]+$/.test(path) ? path : 'this path';
}

/** The error of routes outside any dialect. */
export function encodePlainError(error: unknown): HttpResponse {
  const gatewayError = toGatewayError(error);
  const { code, status, message } = gatewayError;
  return createJsonResponse(status, { error: { code, message } }, retryAfterHeader(gatewayError));
}
