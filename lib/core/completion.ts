// The contract in the middle: what a completion request is, and what every upstream gives back.
import type { GatewayError } from './errors.ts';
import type { ServedModel } from './models.ts';

/** A validated request. Limits are those of the Qianfan completion pages. Where a field is absent, the model's default applies. */
export interface CompletionRequest {
  readonly model: ServedModel;
  /** Empty where the prompt is `tokens`, or where nothing stands before the hole that is to be filled in. */
  readonly prompt: string;
  /** What comes after the text: the text is to fill in the middle. Not empty. */
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
  /** Where the text ends; at most 64 items of at most 1,024 characters. Whatever an upstream does not take is enforced here. */
  readonly stop?: readonly string[] | undefined;
  /** The caller's name for the end user. */
  readonly userId?: string | undefined;
  /** The most tokens to generate. */
  readonly maxTokens?: number | undefined;
  /** [-2, 2]. This field and the next two are known to OpenAI-compatible upstreams only. */
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  /** What the caller's dialect has besides. */
  readonly extras?: Extras | undefined;
  /** Which of the texts that are asked for with one prompt this is, from 0: each has a seed of its own. Default: 0. */
  readonly sample?: number | undefined;
  /** What a chat model is told beside the prompt. Models that only complete have no place for it. */
  readonly system?: string | undefined;
}

/** What one text is asked for with, before it is known where its model is served. */
export type CompletionParameters = Omit<CompletionRequest, 'model'>;

/**
 * What a dialect says and the contract has no word for. It travels beside the contract and is written again by a codec of
 * the same dialect only.
 */
export interface Extras {
  readonly dialect: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of a request: fields that the dialect does not know and a model's configuration may. */
  readonly others?: Readonly<Record<string, unknown>> | undefined;
}

/** Why a text ended: the model ended it or a stop item was reached, it reached its length limit, or a filter withheld it. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Token counts of an answer. In a stream they cover all chunks up to this one. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** At least the sum of the two; more where a model counts the tokens it thought with apart. */
  readonly totalTokens: number;
  /** Of the prompt's tokens those that were found in a cache. Undefined where the upstream does not say. */
  readonly cachedTokens?: number | undefined;
  /** The same as its upstream spelt it. Undefined for a sum of several. */
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

/** One continuation of a stream that its upstream broke off. */
export interface Rescue {
  /** What broke the stream. */
  readonly error: GatewayError;
}

/** One piece of a streamed completion. The last one has `isEnd`; a stream that ends without it was truncated. */
export interface CompletionChunk extends Completion {
  readonly isEnd: boolean;
  /** In the last chunk: how often the stream was continued after it had been broken off. Default: 0. */
  readonly rescues?: number | undefined;
  /** In the last chunk: whether more may have been charged than `usage` says. Default: false. */
  readonly isUsageIncomplete?: boolean | undefined;
}

/** What an upstream has to know about a request besides its content. */
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
