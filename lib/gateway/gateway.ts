// The gateway as one HttpHandler: find the route, run it, answer failures in its dialect, log one line.
import { toGatewayError } from '../core/errors.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from '../core/http.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Cors } from '../access/cors.ts';
import type { AnswerListener } from '../guards/guard.ts';
import { deliver } from './deliver.ts';
import type { StreamProgress } from './deliver.ts';
import { readableEncodings } from './body-text.ts';
import { logRequest } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';
import { callRoute, createRouter, listMethods } from './router.ts';
import type { Route } from './router.ts';
import { describeFallback } from './upstream-call.ts';

export interface GatewayOptions {
  readonly routes: readonly Route[];
  /** Answers what no route matches. */
  readonly fallback: Route;
  readonly cors: Cors;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the handler. */
export function createGateway({ routes, fallback, cors, clock, log }: GatewayOptions): HttpHandler {
  const findRoute = createRouter(routes);

  return async (request, call) => {
    const startedAtMs = clock.now();
    const match = findRoute(request.path) ?? { route: fallback, path: request.path, parameter: '' };
    const { route, path } = match;
    const record: RequestRecord = { route: route.pattern };
    const responseHeaders: Record<string, string> = {};
    const listeners: AnswerListener[] = [];
    const progress: StreamProgress = { isLastPiece: false };
    const finish = (status: number): void => {
      const { requestId, method } = request;
      logRequest(log, record, { requestId, method, status, startedAtMs, endedAtMs: clock.now() });
    };
    let response: HttpResponse;
    try {
      const preflight = route.isForBrowsers ? cors.answerPreflight(request) : undefined;
      const { dialect } = route;
      const routeCall = { ...call, dialect, path, record, responseHeaders, listeners, progress };
      response = preflight ?? (await callRoute(match, request, routeCall));
    } catch (error) {
      record.error = toGatewayError(error);
      response = route.encodeError(record.error, request);
    }
    const { status } = response;
    const headers = {
      ...response.headers,
      ...responseHeaders,
      ...describeFallback(record),
      'X-Request-Id': request.requestId,
      ...echoRequestId(request),
      ...describeRefusal(status, route),
      ...(route.isForBrowsers ? cors.headersFor(request) : {}),
    };
    // The log line comes last, because the other listeners may add to the record.
    listeners.push({ onEnd: async () => finish(status) });
    const isFailed = record.error !== undefined || status >= 400;
    const { body } = await deliver(response, { listeners, progress, isFailed });
    return { status, headers, body: request.method === 'HEAD' ? '' : body };
  };
}

/**
 * What has to go with a refusal: how to prove oneself (RFC 9110, section 11.6.1, and RFC 6750, section 3), the methods that
 * are served, and the codings that are read. The V1 dialect refuses with status 200, which needs none of them.
 */
function describeRefusal(status: number, route: Route): Readonly<Record<string, string>> {
  if (status === 401) return { 'WWW-Authenticate': 'Bearer realm="qianfan-serverless"' };
  if (status === 405) return { Allow: listMethods(route) };
  return status === 415 ? { 'Accept-Encoding': readableEncodings } : {};
}

/** The Python SDK names its requests and looks for the name in the answer. */
function echoRequestId({ headers }: HttpRequest): Readonly<Record<string, string>> {
  const name = headers['request_id'] ?? '';
  return /^[\x21-\x7e]{1,256}$/.test(name) ? { 'X-Baidu-Request-Id': name } : {};
}
