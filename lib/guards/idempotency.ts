// Idempotency-Key: a request that is sent several times with one key is answered once, and gets that answer each time.
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
  /** Where claims and answers are kept. Undefined: requests with a key are refused. */
  readonly table: StateTable | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const headerName = 'Idempotency-Key';
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** How long a request waits while the same request is being answered elsewhere. */
const longestWaitMs = 5_000;
const firstPauseMs = 100;
const longestPauseMs = 1_000;
/** How long before its deadline a request stops waiting, so that there is time to send an error. */
const refusalMs = 500;
const keepTimeoutMs = 3_000;
/** When time is short. The limits wait as little: both fit between a function's deadline and its end. */
const shortestKeepTimeoutMs = 250;

/**
 * Creates the guard. Requests without the header pass. The first request with a key is answered, and its answer is kept
 * for 24 hours. When the same request comes again, it gets that answer and goes no further. Errors are not kept.
 *
 * The guard throws a GatewayError: `invalid_parameter` for a key that is not 1 to 255 visible ASCII characters,
 * `idempotency_key_reused`, `idempotency_in_progress`, `idempotency_answer_too_long` or `idempotency_unavailable`.
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
    // The path and not the endpoint it stands for: a change of the configuration must not turn a repetition into
    // another request.
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

  /** Claims the request; while it is being answered elsewhere, it tries again for some seconds. */
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
      // The caller gets its answer even if the table fails.
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

/** OpenAI's clients repeat a request after every 409 and 503 unless this header tells them not to. */
function forbidRetry({ responseHeaders }: GuardedCall): void {
  responseHeaders['X-Should-Retry'] = 'false';
}
