// Idempotency-Key: the same request with the same key is answered once, however often it is sent.
import { scopeOf } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest } from '../core/http.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { StateTable } from '../core/state-table.ts';
import type { AnswerListener, Guard, GuardedCall } from './guard.ts';
import { createIdempotencyClaims, identifyRequest } from './idempotency-claims.ts';
import type { ClaimClosing, IdempotencyClaims, RequestClaim, RequestIdentity } from './idempotency-claims.ts';

export interface IdempotencyOptions {
  /** Undefined: requests with a key are refused. */
  readonly table: StateTable | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const headerName = 'Idempotency-Key';
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** How long a request waits for its twin. */
const longestWaitMs = 5_000;
const firstPauseMs = 100;
const longestPauseMs = 1_000;
/** What remains of the time before the deadline to say that the twin is still at work. */
const refusalMs = 500;
const keepTimeoutMs = 3_000;
/** As little as the limits wait: both fit into what a function keeps between its deadline and its end. */
const shortestKeepTimeoutMs = 250;

/**
 * Creates the guard. Requests without the header pass. The first request with a key is answered and its answer kept for
 * 24 hours; the same request gets that answer again, without reaching what the guard stands before. Answers that are
 * errors are not kept.
 *
 * @throws GatewayError `invalid_parameter` for a key that is no 1 to 255 visible ASCII characters,
 * `idempotency_key_reused`, `idempotency_in_progress`, `idempotency_answer_too_long`, `idempotency_unavailable`.
 */
export function createIdempotency({ table, clock, log }: IdempotencyOptions): Guard {
  const claims = table && createIdempotencyClaims(table, clock);

  return async (request, call) => {
    const idempotencyKey = request.headers['idempotency-key'];
    if (idempotencyKey === undefined) return undefined;
    if (!keyPattern.test(idempotencyKey)) {
      const message = `${headerName} must be 1 to 255 visible ASCII characters`;
      throw new GatewayError('invalid_parameter', message, { parameter: headerName });
    }
    if (claims === undefined) {
      forbidRetry(call);
      const message = `This gateway has no table to keep ${headerName} in; send the request without it`;
      throw new GatewayError('idempotency_unavailable', message);
    }
    const { method, body } = request;
    // The path and not the endpoint that it stands for: that is configured, and with another configuration a repetition is
    // still the same request.
    const target = [method, call.path];
    const identity = identifyRequest({ caller: scopeOf(call.client), idempotencyKey, target, body });
    const claim = await waitForTwin(claims, identity, call);
    if (claim.kind === 'answered') {
      call.record.replayed = true;
      call.responseHeaders['Idempotent-Replayed'] = 'true';
      return claim.answer;
    }
    if (claim.kind !== 'claimed') throw refuse(claim, call);
    call.listeners.push(closeWithAnswer(claim, request, call.deadlineMs));
    // Claims are made whether or not the caller is still there.
    call.signal.throwIfAborted();
    return undefined;
  };

  /** Asks again while the request is at work elsewhere, for a while. */
  async function waitForTwin(
    requestClaims: IdempotencyClaims,
    identity: RequestIdentity,
    { signal, deadlineMs }: GuardedCall,
  ): Promise<RequestClaim> {
    const giveUpAtMs = Math.min(clock.now() + longestWaitMs, deadlineMs - refusalMs);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const found = await requestClaims.claim(identity, deadlineMs);
      if (found.kind !== 'busy' || clock.now() + pauseMs > giveUpAtMs) return found;
      await clock.sleep(pauseMs, signal);
    }
  }

  /** Keeps the answer, or releases the claim when there is none to keep. */
  function closeWithAnswer(claim: ClaimClosing, { requestId }: HttpRequest, deadlineMs: number): AnswerListener {
    const warn = (message: string, error?: unknown): void =>
      log('warn', message, { request_id: requestId, cause: error === undefined ? undefined : describeError(error) });
    let isKept = false;
    return {
      // The caller gets what it paid for, whatever becomes of the table.
      keep: async (answer) => {
        isKept = true;
        const timeoutMs = Math.max(shortestKeepTimeoutMs, Math.min(keepTimeoutMs, deadlineMs - clock.now()));
        try {
          if (!(await claim.keep(answer, timeoutMs))) warn('answer not kept: its claim has run out');
        } catch (error) {
          warn('answer not kept: a repetition may be charged again', error);
        }
      },
      onEnd: async () => {
        if (isKept) return;
        try {
          await claim.release();
        } catch (error) {
          warn('claim not released: the key stays in use until it runs out', error);
        }
      },
    };
  }
}

function refuse({ kind }: { readonly kind: 'busy' | 'reused' | 'too_long' }, call: GuardedCall): GatewayError {
  if (kind === 'busy') {
    return new GatewayError('idempotency_in_progress', `A request with this ${headerName} is still being answered`);
  }
  forbidRetry(call);
  return kind === 'reused'
    ? new GatewayError('idempotency_key_reused', `This ${headerName} was used for another request`)
    : new GatewayError(
        'idempotency_answer_too_long',
        `The request with this ${headerName} was answered, but the answer is too long to be given again`,
      );
}

/** The openai clients repeat every 409 and 503 unless they are told not to. */
function forbidRetry({ responseHeaders }: GuardedCall): void {
  responseHeaders['X-Should-Retry'] = 'false';
}
