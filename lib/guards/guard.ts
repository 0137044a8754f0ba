// Guards stand between a valid request and its answer: idempotency, limits.
import type { CallRecord } from '../core/call-record.ts';
import type { Caller } from '../core/caller.ts';
import type { HttpCall, HttpRequest, HttpResponse } from '../core/http.ts';

/** An answer with its whole body; of a stream, all its pieces as one text. */
export type WholeAnswer = HttpResponse & { readonly body: string };

/**
 * How an answer ended: `answered`, whole; `failed`, with an error, whatever came before it; `left`, when its reader stopped
 * before the end.
 */
export type AnswerOutcome = 'answered' | 'failed' | 'left';

/** Hears of an answer from the one who reads it through. Each call is waited for. */
export interface AnswerListener {
  /**
   * Given a good answer, whole, before its last piece goes out, so that whoever has seen the end can rely on what is done
   * here. Undefined instead of an answer that is longer than {@link longestKept}.
   */
  readonly keep?: (answer: WholeAnswer | undefined) => Promise<void>;
  /** Told once how the answer ended: of a stream after its last piece, of any other answer before it is sent. */
  readonly onEnd: (outcome: AnswerOutcome) => Promise<void>;
}

/** In UTF-16 units: what is longer is not kept in memory until its end. */
export const longestKept = 4_000_000;

/** What a guard is told of a request, and where it leaves what it has to say. */
export interface GuardedCall extends HttpCall {
  readonly client: Caller;
  /** The end of the path that the route matches, without a stage or a base path. */
  readonly path: string;
  /** Knows the model and whether a stream is wanted; usage and error once the answer has ended. */
  readonly record: CallRecord & { replayed?: boolean };
  /** What the caller is told in headers, however the request ends. */
  readonly responseHeaders: Record<string, string>;
  /** Whether the caller's SDKs take a limit of tokens for one of a minute, and slow themselves down to it. */
  readonly slowsDownByTokenLimit: boolean;
  /** Guards add themselves here when they want to hear of the answer. */
  readonly listeners: AnswerListener[];
}

/**
 * Lets a validated request of an authenticated client pass by returning undefined, or answers it.
 *
 * @throws GatewayError instead; the route answers with it in its dialect.
 */
export type Guard = (request: HttpRequest, call: GuardedCall) => Promise<HttpResponse | undefined>;
