// Runs one case: a gateway of its own, in front of the faulty upstream, asked once or several times.
import { GatewayError } from '../../lib/core/errors.ts';
import type { HttpCall, HttpHandler, HttpRequest } from '../../lib/core/http.ts';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { UpstreamName } from '../../lib/config/shape.ts';
import { findCredentials } from './canaries.ts';
import type { ChaosCase } from './chaos-case.ts';
import { createChaosGateway, createChaosRequest } from './create-chaos-gateway.ts';
import type { Engagement, FaultyUpstream } from './faulty-upstream.ts';
import { judge, Violation } from './judge.ts';
import type { ReceivedAnswer, Verdict } from './judge.ts';

/** Far above all configured times. A case that takes longer counts as hanging. */
const hangMs = 30_000;
/** How long a gateway may keep the connection of a request that has failed. */
const releaseMs = 2_000;

/**
 * Runs the case and returns what became of its last request.
 *
 * @param requestIds One for each request of the case, for the log lines to be known by.
 * @throws Violation. Any other error that is thrown counts as one.
 */
export async function runCase(
  chaosCase: ChaosCase,
  upstream: FaultyUpstream,
  requestIds: readonly string[],
): Promise<Verdict> {
  const engagements: Engagement[] = [];
  const baseUrls: Partial<Record<UpstreamName, string>> = {};
  for (const name of chaosCase.upstreams) {
    const behaviour = chaosCase.behaviours[name];
    if (behaviour === undefined) throw new Error(`No behaviour for ${name}`);
    const key = `${requestIds[0] ?? ''}-${name}`;
    engagements.push(upstream.expect(key, behaviour.scripts));
    baseUrls[name] = upstream.urlOf(behaviour.place, key);
  }
  try {
    const handle = createChaosGateway(chaosCase, baseUrls);
    let verdict: Verdict = 'error';
    for (const [index, requestId] of requestIds.entries()) {
      // Bytes that nobody requested must arrive before the next request is sent; later they could not be told from its answer.
      for (let turn = index === 0 ? 50 : 0; turn < 50; turn += 1) await setImmediate();
      verdict = await ask(chaosCase, handle, createChaosRequest(chaosCase, requestId));
    }
    if (verdict === 'error') await waitForRelease(engagements);
    return verdict;
  } finally {
    for (const engagement of engagements) engagement.end();
  }
}

async function ask(chaosCase: ChaosCase, handle: HttpHandler, request: HttpRequest): Promise<Verdict> {
  const { dialect, isStream, truths, expected, deadlineMs = 60_000 } = chaosCase;
  const controller = new AbortController();
  const deadline = global.setTimeout(
    () => controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline')),
    deadlineMs,
  );
  const watchdog = Promise.withResolvers<never>();
  const hang = global.setTimeout(() => watchdog.reject(new Violation('a hang')), hangMs);
  try {
    const call = { signal: controller.signal, deadlineMs: Date.now() + deadlineMs };
    const answer = await Promise.race([receive(handle, request, call), watchdog.promise]);
    const found = findCredentials(answer.body + JSON.stringify(answer.headers));
    if (found.length > 0) throw new Violation(`an answer that holds ${found.join(', ')}`);
    const verdict = judge(answer, dialect, isStream, truths);
    if (expected === 'either' || expected === verdict) return verdict;
    throw new Violation(
      `${verdict === 'whole' ? 'a success' : `an error (${answer.body.slice(-300)})`} where none is right`,
    );
  } finally {
    clearTimeout(deadline);
    clearTimeout(hang);
  }
}

async function receive(handle: HttpHandler, request: HttpRequest, call: HttpCall): Promise<ReceivedAnswer> {
  const { status, headers, body } = await handle(request, call);
  if (typeof body === 'string') return { status, headers, body };
  let text = '';
  for await (const piece of body) text += piece;
  return { status, headers, body: text };
}

/** A request that has failed must not go on upstream, where it is charged. */
async function waitForRelease(engagements: readonly Engagement[]): Promise<void> {
  const until = Date.now() + releaseMs;
  // On a busy machine, all the time may pass between two checks.
  for (let looks = 0; engagements.some((engagement) => engagement.open() > 0); looks += 1) {
    if (Date.now() > until && looks > 100) throw new Violation('a connection that is kept after an error');
    await setTimeout(5);
  }
}
