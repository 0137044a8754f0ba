// The names of the metrics that the code counts, found by making it count.
import { GatewayError } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import { createLimitCounters } from '../../lib/guards/limit-counters.ts';
import { logRequest } from '../../lib/gateway/request-record.ts';
import { logMessage } from '../../lib/queue/delivery-record.ts';
import type { DeliveryEnd } from '../../lib/queue/delivery-record.ts';
import { systemClock } from '../../lib/core/clock.ts';
import type { Log } from '../../lib/core/log.ts';
import { createTokenRefresh } from '../../lib/token/refresh.ts';
import { createCircuit } from '../../lib/upstream/circuit.ts';
import { createDelivery } from '../doubles/create-delivery.ts';

const usage = { promptTokens: 1, completionTokens: 1, totalTokens: 2 };
const ends: readonly DeliveryEnd[] = ['succeeded', 'failed', 'duplicate', 'returned', 'dead_lettered'];

/** Returns the names, sorted. */
export async function collectOwnMetricNames(): Promise<readonly string[]> {
  const names = new Set<string>();
  const log: Log = (_level, _message, _fields, metrics = {}) => {
    for (const [name, metric] of Object.entries(metrics)) if (metric !== undefined) names.add(name);
  };
  const end = { requestId: 'r', method: 'POST', status: 200, startedAtMs: 0, endedAtMs: 1 };
  logRequest(log, { route: '/v1/completions', attempts: 1, firstEventAtMs: 1, usage }, end);
  const codes: readonly ErrorCode[] = [
    'internal_error',
    'invalid_argument',
    'qps_limit_reached',
    'client_tokens_limit',
  ];
  for (const code of codes) logRequest(log, { route: '/v1/completions', error: new GatewayError(code, '') }, end);
  for (const messageEnd of ends) {
    logMessage(log, createDelivery(), { attempts: 1 }, { end: messageEnd, startedAtMs: 0, endedAtMs: 1 });
  }
  const circuit = createCircuit({
    upstream: 'openai',
    endpoint: 'sqlcoder-7b',
    failureThreshold: 1,
    clock: systemClock,
    log,
  });
  circuit.noteError(circuit.enter(Infinity), new GatewayError('upstream_unreachable', ''));
  for (const kind of ['access_token', 'bearer_token'] as const) {
    const store = { read: async () => undefined, write: async () => 'version' };
    const { signal } = new AbortController();
    const call = { signal, reportSignal: signal };
    const create = (obtain: () => Promise<{ value: string; expiresAtMs: number }>) =>
      createTokenRefresh({ store, kind, obtain, clock: systemClock, log });
    await create(async () => ({ value: 'token', expiresAtMs: Date.now() + 86_400_000 }))({}, call);
    const refused = create(() => Promise.reject(new GatewayError('service_token_failed', '')));
    await refused({}, call).catch(() => undefined);
  }
  const asked = createLimitCounters({ table: undefined, clock: systemClock, log });
  await asked.ask(async () => undefined);
  return [...names].toSorted();
}
