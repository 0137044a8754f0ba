// A streaming Lambda function in front of an HttpHandler: event in, response stream out, one signal for both ends.
import type { Context } from 'aws-lambda';
import { GatewayError } from '../core/errors.ts';
import type { HttpHandler, HttpResponse } from '../core/http.ts';
import { decodeHttpEvent } from './http-event.ts';
import type { HttpEvent } from './http-event.ts';
import { sendResponse } from './response-stream.ts';

/** Kept back from the function's remaining time, to report a deadline and end the answer cleanly. */
const deadlineMarginMs = 1_000;

type HttpFunction = (event: HttpEvent, responseStream: awslambda.HttpResponseStream, context: Context) => Promise<void>;

export interface HttpFunctionOptions {
  /** How long a request may take at most, in milliseconds. Default: as long as the function runs. */
  readonly totalTimeoutMs?: number | undefined;
  /** Hears of each event that is not an HTTP event and was answered with 400. Default: nobody does. */
  readonly onForeignEvent?: ((event: ForeignEvent) => void) | undefined;
}

/** What may be logged about an event that is not an HTTP event. Its content is not, because it may be anything. */
export interface ForeignEvent {
  readonly source: 'application_load_balancer' | 'unknown';
  /** By which Lambda's own log lines name the invocation. */
  readonly invocationId: string;
}

/** Creates the function; the caller wraps it in `awslambda.streamifyResponse`. */
export function createHttpFunction(
  handle: HttpHandler,
  { totalTimeoutMs = Infinity, onForeignEvent }: HttpFunctionOptions = {},
): HttpFunction {
  return async (event, responseStream, context) => {
    const functionLeftMs = context.getRemainingTimeInMillis() - deadlineMarginMs;
    const timeLeftMs = Math.max(1, Math.min(functionLeftMs, totalTimeoutMs));
    const controller = new AbortController();
    const deadline = setTimeout(() => {
      const message =
        totalTimeoutMs < functionLeftMs
          ? `The request took longer than ${totalTimeoutMs / 1_000} s in total`
          : 'The function reached its deadline';
      controller.abort(new GatewayError('deadline_exceeded', message));
    }, timeLeftMs);
    // On Lambda the stream closes only after our own end; elsewhere it may close because the caller has gone.
    const onClose = (): void => {
      controller.abort(new GatewayError('client_disconnected', 'The caller closed the connection'));
    };
    responseStream.once('close', onClose);
    try {
      const call = { signal: controller.signal, deadlineMs: Date.now() + timeLeftMs };
      const request = decodeHttpEvent(event);
      if (request === undefined) onForeignEvent?.({ source: findSource(event), invocationId: context.awsRequestId });
      const response = request === undefined ? refusal : await handle(request, call);
      await sendResponse(responseStream, response, call.signal);
    } finally {
      clearTimeout(deadline);
      // The stream also closes after our own end, which does not mean that the caller has gone.
      responseStream.off('close', onClose);
    }
  };
}

const refusal: HttpResponse = {
  status: 400,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ message: 'The event is neither of a REST API, an HTTP API nor a function URL' }),
};

/** The events of a load balancer look like those of a REST API, but nothing in them names the request. */
function findSource(event: unknown): ForeignEvent['source'] {
  const { requestContext } = Object(event) as { requestContext?: unknown };
  const isOfLoadBalancer = typeof requestContext === 'object' && requestContext !== null && 'elb' in requestContext;
  return isOfLoadBalancer ? 'application_load_balancer' : 'unknown';
}
