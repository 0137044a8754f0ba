// An upstream behind a transport that follows a script; everything above the transport is real but the clock.
import type { CompletionRequest, Upstream, UpstreamCall } from '../../lib/core/completion.ts';
import { createModelCatalog } from '../../lib/core/models.ts';
import type { BackCodec } from '../../lib/dialects/codec.ts';
import { qianfanV1CompletionsUpstream } from '../../lib/dialects/qianfan-v1/completions.ts';
import type { IncomingResponse, OutgoingRequest } from '../../lib/http-client/transport.ts';
import { createCircuits } from '../../lib/upstream/circuits.ts';
import type { Circuits } from '../../lib/upstream/circuits.ts';
import { noCredentials } from '../../lib/upstream/credentials/credentials.ts';
import type { Credentials } from '../../lib/upstream/credentials/credentials.ts';
import { createUpstream } from '../../lib/upstream/exchange.ts';
import type { Abilities } from '../../lib/upstream/fit-request.ts';
import { createRetryBudget } from '../../lib/upstream/retry-budget.ts';
import type { RetryBudget } from '../../lib/upstream/retry-budget.ts';
import type { SilenceLimits } from '../../lib/upstream/silence-watch.ts';
import { createFakeClock } from './create-fake-clock.ts';
import type { FakeClock } from './create-fake-clock.ts';
import { createLogRecorder } from './create-log-recorder.ts';

/** What the upstream does with a request: it answers, or throws what the transport would. */
export type Reply = (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingResponse>;

/** A piece of a body: text to send, how many milliseconds pass, or what breaks the body off. */
export type Step = string | number | Error;

export interface ExchangeDoubleOptions {
  readonly clock?: FakeClock;
  /** Default: that of V1. */
  readonly codec?: BackCodec;
  /** Default: those of V1. */
  readonly abilities?: Abilities;
  /** Default: none are needed. */
  readonly credentials?: Credentials;
  /** Default: 0. */
  readonly retryCount?: number;
  /** Default: 0, no pauses. */
  readonly backoffFactor?: number;
  /** Default: of 10 retries. */
  readonly budget?: RetryBudget;
  /** Default: 0, the circuit never opens. */
  readonly failureThreshold?: number;
  /** Default: 60 s each, and 300 s without text. */
  readonly silence?: Partial<SilenceLimits>;
}

export interface ExchangeDouble extends Pick<ReturnType<typeof createLogRecorder>, 'lines' | 'metrics'> {
  readonly upstream: Upstream;
  readonly clock: FakeClock;
  readonly circuits: Circuits;
  /** Every request so far, as it reached the transport. */
  readonly requests: readonly OutgoingRequest[];
  /** What the upstream does from now on: one reply after the other, the last one for good. */
  readonly answerWith: (...replies: readonly Reply[]) => void;
  /** A call that may take 300 s. */
  readonly call: (overrides?: Partial<UpstreamCall>) => UpstreamCall;
}

/** What is asked where a test does not care. */
export const anyRequest: CompletionRequest = { model: createModelCatalog({}).resolve('SQLCoder-7B'), prompt: 'p' };

/** Creates the exchange with an upstream that answers nothing before it is told what. */
export function createExchange(options: ExchangeDoubleOptions = {}): ExchangeDouble {
  const { clock = createFakeClock(), codec = qianfanV1CompletionsUpstream, failureThreshold = 0 } = options;
  const { log, lines, metrics } = createLogRecorder();
  const circuits = createCircuits({ upstream: 'qianfan-v1', failureThreshold, clock, log });
  const requests: OutgoingRequest[] = [];
  let replies: readonly Reply[] = [];
  let answered = 0;
  const upstream = createUpstream({
    baseUrl: 'http://upstream',
    chooseCodec: () => codec,
    abilities: options.abilities ?? { suffix: false, stopItems: 4, stopCharacters: 20 },
    credentials: options.credentials ?? noCredentials,
    retries: {
      retryCount: options.retryCount ?? 0,
      backoffFactor: options.backoffFactor ?? 0,
      budget: options.budget ?? createRetryBudget(10),
      clock,
    },
    circuits,
    silence: { firstEventTimeoutMs: 60_000, idleTimeoutMs: 60_000, textTimeoutMs: 300_000, ...options.silence },
    clock,
    transport: async (request, signal) => {
      requests.push(request);
      const reply = replies[Math.min(answered, replies.length - 1)];
      answered += 1;
      if (reply === undefined) throw new Error('The script has no reply');
      return reply(request, signal);
    },
  });
  return {
    upstream,
    clock,
    circuits,
    requests,
    lines,
    metrics,
    answerWith: (...next) => {
      replies = next;
      answered = 0;
    },
    call: (overrides) => ({
      requestId: 'r',
      signal: new AbortController().signal,
      deadlineMs: clock.now() + 300_000,
      ...overrides,
    }),
  };
}

/** Fails as the transport may. */
export const failWith =
  (error: unknown): Reply =>
  async () => {
    throw error;
  };

/** Answers with a body of JSON. */
export const json =
  (value: unknown, { status = 200, retryAfterSeconds }: Partial<IncomingResponse> = {}): Reply =>
  (request, signal) =>
    answer([JSON.stringify(value)], { status, retryAfterSeconds, contentType: 'application/json' })(request, signal);

/** Answers with a stream of server-sent events. */
export const sse = (...steps: readonly Step[]): Reply => answer(steps, { contentType: 'text/event-stream' });

export interface AnswerHead extends Partial<Pick<IncomingResponse, 'status' | 'contentType' | 'retryAfterSeconds'>> {
  /** Where milliseconds pass. Without it a body may have none. */
  readonly clock?: FakeClock;
  /** Told when the connection is given up, also after the body has ended. */
  readonly onDestroy?: () => void;
}

/** Answers with a body in pieces. */
export function answer(
  steps: readonly Step[],
  { status = 200, contentType = '', retryAfterSeconds, clock, onDestroy }: AnswerHead = {},
): Reply {
  return async (_request, signal) => ({
    status,
    contentType,
    retryAfterSeconds,
    destroy: () => onDestroy?.(),
    body: (async function* (): AsyncGenerator<Uint8Array> {
      for (const step of steps) {
        if (step instanceof Error) throw step;
        if (typeof step === 'string') yield Buffer.from(step);
        else if (clock === undefined) throw new Error('Time can pass on a clock only');
        else clock.advance(step);
        signal.throwIfAborted();
      }
    })(),
  });
}
