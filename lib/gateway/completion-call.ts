// What a completion request needs in every dialect between the client and the upstream.
import type { Upstream, UpstreamCall } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import type { HttpRequest } from '../http.ts';
import type { ModelCatalog, ServedModel } from '../models.ts';
import type { Clock } from '../platform/clock.ts';
import type { Authenticator } from './authenticate.ts';
import type { Caller } from './clients.ts';
import type { Guard } from './guard.ts';
import type { RequestRecord } from './request-record.ts';
import type { RouteCall } from './router.ts';
import { readMaxRescues } from './stream-rescue.ts';
import type { RescueSetting } from './stream-rescue.ts';

/** What the completion routes of every dialect are made from. */
export interface CompletionRouteOptions {
  readonly authenticator: Authenticator;
  readonly models: ModelCatalog;
  readonly upstream: Upstream;
  readonly guard: Guard;
  /** How often a stream may be continued when its upstream dies, unless a request says otherwise. Default: 0. */
  readonly streamRescue?: RescueSetting;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

export const jsonHeaders = { 'Content-Type': 'application/json' } as const;
export const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
} as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The body as text, without a byte order mark if it has one.
 *
 * @throws GatewayError `body_too_large` before anything is parsed, `invalid_json` when it is not UTF-8.
 */
export function readBodyText({ body }: HttpRequest, maxBodyBytes: number): string {
  if (body.length > maxBodyBytes) {
    const message = `The request body has ${body.length} bytes; the limit is ${maxBodyBytes}`;
    throw new GatewayError('body_too_large', message);
  }
  try {
    return utf8.decode(body);
  } catch {
    throw new GatewayError('invalid_json', 'Invalid JSON: the body is not UTF-8');
  }
}

/** Whether a client may call a model: one its record names, by name or endpoint, or any if the record names none. */
export function isModelAllowed({ models: allowed }: Caller, model: ServedModel, models: ModelCatalog): boolean {
  if (allowed === undefined) return true;
  // Two models may share an address; it is the model that is allowed.
  return allowed.map((name) => models.resolve(name)).some(({ name }) => name === model.name);
}

/** The models a client may call: all that are known, or those its record names, each once. */
export function listAllowed({ models: allowed }: Caller, models: ModelCatalog): readonly ServedModel[] {
  const named = allowed?.map((name) => models.resolve(name));
  return named === undefined ? models.list() : [...new Map(named.map((model) => [model.name, model])).values()];
}

/** @throws GatewayError `access_denied` when the client may not call the model. */
export function checkModelAllowed(client: Caller, model: ServedModel, models: ModelCatalog): void {
  if (isModelAllowed(client, model, models)) return;
  throw new GatewayError('access_denied', `The client may not call ${model.name}`, { parameter: 'model' });
}

/** A signed-in end user is named upstream as their token names them, whatever the request says. */
export function userOf({ userId }: Caller): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}

/** Notes for the log which model a request is for. */
export function noteModel(record: RequestRecord, { name, endpoint }: ServedModel): void {
  record.model = name;
  record.endpoint = endpoint;
}

/**
 * What goes to the upstream with the request, and comes back for the log.
 *
 * @throws GatewayError `invalid_parameter` of the header `X-Stream-Rescue`.
 */
export function createUpstreamCall(
  request: HttpRequest,
  { signal, deadlineMs, record }: RouteCall,
  maxRescuesBySetting = 0,
): UpstreamCall {
  return {
    requestId: request.requestId,
    signal,
    deadlineMs,
    onAttempt: () => (record.attempts = (record.attempts ?? 0) + 1),
    onUpstream: (name) => (record.upstream = name),
    onFallback: (fallback) => (record.fallbacks ??= []).push(fallback),
    maxRescues: readMaxRescues(request, maxRescuesBySetting),
    onRescue: (rescue) => (record.rescues ??= []).push(rescue),
    onIncompleteUsage: () => (record.isUsageIncomplete = true),
  };
}

/** Tells the caller that the first upstream did not answer, and whether it may be charged all the same. */
export function describeFallback({ upstream, fallbacks = [] }: RequestRecord): Readonly<Record<string, string>> {
  if (fallbacks.length === 0) return {};
  const steps = fallbacks.map(
    ({ from, error, mayHaveBeenCharged }) => `${from} ${error.code}${mayHaveBeenCharged ? ' maybe-charged' : ''}`,
  );
  return { 'X-Upstream': upstream ?? '', 'X-Upstream-Fallback': steps.join(', ') };
}
