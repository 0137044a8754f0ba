// The contract in the middle: what a completion request is, and what every upstream gives back.
import type { GatewayError } from './errors.ts';
import type { ServedModel } from './models.ts';

/** A validated request. Limits are those of the Qianfan completion pages; an absent field is left to the model. */
export interface CompletionRequest {
  readonly model: ServedModel;
  readonly prompt: string;
  /** [0, 2]; Qianfan V1 takes (0, 1.0]. */
  readonly temperature?: number | undefined;
  /** Positive integer. */
  readonly topK?: number | undefined;
  /** [0, 1.0] */
  readonly topP?: number | undefined;
  /** [1.0, 2.0] */
  readonly penaltyScore?: number | undefined;
  /** At most 4 items; Qianfan V1 takes at most 20 characters in each. */
  readonly stop?: readonly string[] | undefined;
  /** The end user, as the caller names them. */
  readonly userId?: string | undefined;
  /** At most so many tokens are to be generated. */
  readonly maxTokens?: number | undefined;
  /** [-2, 2]; OpenAI only, as the next two. */
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
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
}

/** Why a text ended: by itself or a stop item, by its length, or because it was held back. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Token counts of the answer so far: in a stream, of all chunks up to this one. */
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
  /** Undefined where the upstream does not say. */
  readonly finishReason?: FinishReason | undefined;
  /** Whether a stop item that ended the text is still part of it: so in Qianfan V1, not so in OpenAI. Default: false. */
  readonly includesStop?: boolean | undefined;
  readonly extras?: Extras | undefined;
}

/** One time that a stream was continued after its upstream had died. */
export interface Rescue {
  /** What the stream died of. */
  readonly error: GatewayError;
}

/** One piece of a streamed completion. The last one has `isEnd`; a stream that ends without it was truncated. */
export interface CompletionChunk extends Completion {
  readonly isEnd: boolean;
  /** In the last chunk: how often the stream was continued after its upstream had died. Default: 0. */
  readonly rescues?: number | undefined;
  /** In the last chunk: whether more may have been charged than `usage` says. Default: false. */
  readonly isUsageIncomplete?: boolean | undefined;
}

/** What a caller's request brings to the upstream besides its content. */
export interface UpstreamCall {
  readonly requestId: string;
  /** Aborts when the caller has gone or the deadline is reached; its reason is the GatewayError to report. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no answer can reach the caller. */
  readonly deadlineMs: number;
  /** Whether another upstream may begin the answer when one cannot serve. A rescue may ask one anyway. Default: true. */
  readonly mayFallBack?: boolean;
  /** How often a stream may be continued when its upstream dies. Default: 0. */
  readonly maxRescues?: number;
  readonly observer?: UpstreamObserver;
}

/** Who is told what is done for a call. */
export interface UpstreamObserver {
  /** Told of each attempt before it is made. */
  readonly onAttempt?: () => void;
  /** Told which upstream is about to be asked. */
  readonly onUpstream?: (name: string) => void;
  /** Told that an upstream could not serve and the next one is asked. */
  readonly onFallback?: (fallback: Fallback) => void;
  /** Told that a stream has died and its continuation is asked for. */
  readonly onRescue?: (rescue: Rescue) => void;
  /** Told, once, that more may be charged than the usage of the stream says. */
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
