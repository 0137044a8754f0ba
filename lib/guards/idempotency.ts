// Idempotency-Key: a request that is sent several times with one key is answered once, and gets that answer each time.
import { scopeOf } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { StateTable } from '../core/state-table.ts';
import type { Guard, GuardedCall } from './guard.ts';
import { createIdempotencyClaims, identifyRequest } from './idempotency-claims.ts';
import type { ClaimClosing, IdempotencyClaims, RequestClaim, RequestIdentity } from './idempotency-claims.ts';
import type { KeptAnswer } from './kept-answer.ts';
import type { StreamProgress } from '../gateway/router.ts';

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
/** In UTF-16 units. A longer answer would hardly fit when compressed, and is not collected in memory. */
const longestAnswer = 4_000_000;

/**
 * Creates the guard. Requests without the header pass. The first request with a key is answered, and its answer is kept
 * for 24 hours. When the same request comes again, it gets that answer and goes no further. Errors are not kept.
 *
 * The guard throws a GatewayError: `invalid_parameter` for a key that is not 1 to 255 visible ASCII characters,
 * `idempotency_key_reused`, `idempotency_in_progress`, `idempotency_answer_too_long` or `idempotency_unavailable`.
 */
export function createIdempotency({ table, clock, log }: IdempotencyOptions): Guard {
  const claims = table && createIdempotencyClaims(table, clock);

  return async (request, call, answer) => {
    const idempotencyKey = request.headers['idempotency-key'];
    if (idempotencyKey === undefined) return answer();
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
    if (claim.kind === 'claimed') return answerOnce(claim, request, call, answer);
    if (claim.kind === 'answered') {
      call.record.replayed = true;
      call.responseHeaders['Idempotent-Replayed'] = 'true';
      return claim.answer;
    }
    throw refuse(claim, call);
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

  async function answerOnce(
    claim: ClaimClosing,
    { requestId }: HttpRequest,
    { signal, deadlineMs, progress }: GuardedCall,
    answer: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const warn = (message: string, error?: unknown): void =>
      log('warn', message, { request_id: requestId, cause: error === undefined ? undefined : describeError(error) });

    // The caller gets its answer even if the table fails.
    const keep = async (kept: KeptAnswer | undefined): Promise<void> => {
      const timeoutMs = Math.max(shortestKeepTimeoutMs, Math.min(keepTimeoutMs, deadlineMs - clock.now()));
      try {
        if (!(await claim.keep(kept, timeoutMs))) warn('answer not kept: its claim has run out');
      } catch (error) {
        warn('answer not kept: a repetition may be charged again', error);
      }
    };
    const release = async (): Promise<void> => {
      try {
        await claim.release();
      } catch (error) {
        warn('claim not released: the key stays in use until it runs out', error);
      }
    };

    let response: HttpResponse;
    try {
      // Claiming does not look whether the caller has left meanwhile.
      signal.throwIfAborted();
      response = await answer();
    } catch (error) {
      await release();
      throw error;
    }
    const { status, headers, body } = response;
    if (status >= 400) {
      await release();
      return response;
    }
    const keepBody = (text: string): Promise<void> =>
      keep(text.length > longestAnswer ? undefined : { status, headers, body: text });
    if (typeof body !== 'string') return { ...response, body: keepPieces(body, progress, keepBody, release) };
    await keepBody(body);
    return response;
  }
}

/**
 * Passes the pieces on as they come. The answer is kept before its last piece goes out, so that a client that has seen the
 * end gets the same again. A stream that fails, or that is not read to its end, is not kept.
 */
async function* keepPieces(
  body: AsyncIterable<string>,
  progress: StreamProgress,
  keep: (text: string) => Promise<void>,
  release: () => Promise<void>,
): AsyncGenerator<string> {
  let text = '';
  let isKept = false;
  try {
    for await (const piece of body) {
      if (text.length <= longestAnswer) text += piece;
      if (progress.isLastPiece && !isKept) {
        isKept = true;
        await keep(text);
      }
      yield piece;
    }
  } finally {
    if (!isKept) await release();
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
