// The contract between callers and upstreams: what a completion request is, and what every upstream returns.
import type { GatewayError } from './errors.ts';
import type { ServedModel } from './models.ts';

/** A validated request. Limits are those of the Qianfan completion pages. Where a field is absent, the model's default applies. */
export interface CompletionRequest {
  readonly model: ServedModel;
  /** Empty if the prompt is given as `tokens`, or if a suffix is given and no text comes before the gap to fill. */
  readonly prompt: string;
  /** The text after the gap: the completion fills in the middle. Not empty. */
  readonly suffix?: string | undefined;
  /** The prompt as token ids, which only an upstream of the same dialect can read. */
  readonly tokens?: readonly number[] | undefined;
  /** [0, 2]; Qianfan V1 takes (0, 1.0]. */
  readonly temperature?: number | undefined;
  /** Positive integer. */
  readonly topK?: number | undefined;
  /** [0, 1.0] */
  readonly topP?: number | undefined;
  /** [1.0, 2.0] */
  readonly penaltyScore?: number | undefined;
  /** The text ends at the first of these; at most 64 items of at most 1,024 characters. The gateway enforces those that the upstream does not take. */
  readonly stop?: readonly string[] | undefined;
  /** The caller's name for the end user. */
  readonly userId?: string | undefined;
  /** The most tokens to generate. */
  readonly maxTokens?: number | undefined;
  /** [-2, 2]. This field and the next two are known to OpenAI-compatible upstreams only. */
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  /** Other fields of the caller's dialect. */
  readonly extras?: Extras | undefined;
  /** Which of the texts that are asked for with one prompt this is, from 0: each has a seed of its own. Default: 0. */
  readonly sample?: number | undefined;
  /** What a chat model is told beside the prompt. Models that only complete have no place for it. */
  readonly system?: string | undefined;
}

/** The parameters of one text, before it is known where its model is served. */
export type CompletionParameters = Omit<CompletionRequest, 'model'>;

/**
 * Fields of a dialect that have no place in the contract. They travel with it, and only a codec of the same dialect writes
 * them again.
 */
export interface Extras {
  readonly dialect: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of a request: fields that the dialect does not know. Those that the model's configuration lists are sent. */
  readonly others?: Readonly<Record<string, unknown>> | undefined;
}

/** Why a text ended: the model ended it or a stop item was reached, it reached its length limit, or a filter withheld it. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Token counts of an answer. In a stream they cover all chunks up to this one. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** At least the sum of the two. More if the upstream counts the tokens of the model's thoughts separately. */
  readonly totalTokens: number;
  /** How many of the prompt's tokens were found in a cache. Undefined if the upstream does not say. */
  readonly cachedTokens?: number | undefined;
  /** The usage as the upstream wrote it. Undefined for the sum of several answers. */
  readonly stated?: Extras | undefined;
}

export interface Completion {
  readonly id: string;
  /** Unix time in seconds, as the upstream states it. */
  readonly createdSeconds: number;
  readonly text: string;
  /** Whether the upstream found the input free of risk. */
  readonly isSafe: boolean;
  readonly usage?: Usage | undefined;
  /** Undefined if the upstream does not say. */
  readonly finishReason?: FinishReason | undefined;
  /** Whether the stop item that ended the text is still part of it: Qianfan V1 leaves it in, OpenAI removes it. Default: false. */
  readonly includesStop?: boolean | undefined;
  readonly extras?: Extras | undefined;
}

/** One continuation of a stream that broke off at its upstream. */
export interface Rescue {
  /** What broke the stream. */
  readonly error: GatewayError;
}

/** One piece of a streamed completion. The last one has `isEnd`; a stream that ends without it was truncated. */
export interface CompletionChunk extends Completion {
  readonly isEnd: boolean;
  /** In the last chunk: how often the stream was continued after it had been broken off. Default: 0. */
  readonly rescues?: number | undefined;
  /**
   * In the last chunk of a text that was ended here before its upstream had told any usage: about how many tokens prompt and
   * text have. It is for limits, and told to nobody.
   */
  readonly estimatedTokens?: number | undefined;
  /** In the last chunk: whether more may have been charged than `usage` says. Default: false. */
  readonly isUsageIncomplete?: boolean | undefined;
}

/** What an upstream needs to know about a request, other than its content. */
export interface UpstreamCall {
  readonly requestId: string;
  /** Aborts when the caller has gone or the deadline is reached; its reason is the GatewayError to report. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no answer can reach the caller. */
  readonly deadlineMs: number;
  /** Whether the next upstream may be asked when one fails before the answer begins. A rescue may always ask it. Default: true. */
  readonly mayFallBack?: boolean;
  /** How often a stream may be continued when its upstream breaks it off. Default: 0. */
  readonly maxRescues?: number;
  readonly observer?: UpstreamObserver;
}

/** Callbacks that report what is done for a call. */
export interface UpstreamObserver {
  /** Called before each attempt. */
  readonly onAttempt?: () => void;
  /** Called with the name of the upstream that is about to be asked. */
  readonly onUpstream?: (name: string) => void;
  /** Called when an upstream has failed and the next one is asked. */
  readonly onFallback?: (fallback: Fallback) => void;
  /** Called when a stream was broken off and its continuation is requested. */
  readonly onRescue?: (rescue: Rescue) => void;
  /** Called at most once, when more may be charged than the usage of the stream says. */
  readonly onIncompleteUsage?: () => void;
}

export interface Fallback {
  /** The name of the upstream that failed. */
  readonly from: string;
  readonly error: GatewayError;
  /** Whether that upstream may have served, and charged, the request before it failed. */
  readonly mayHaveBeenCharged: boolean;
}

/** A completion service. Both methods throw GatewayError. */
export interface Upstream {
  complete(request: CompletionRequest, call: UpstreamCall): Promise<Completion>;
  /**
   * Resolves after the first event has been received and decoded, so that an error can still choose the status.
   * Leaving the iteration early cancels the upstream request.
   */
  stream(request: CompletionRequest, call: UpstreamCall): Promise<AsyncIterable<CompletionChunk>>;
}
