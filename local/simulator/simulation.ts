// The state of one running simulator, which is passed to every route.
import type { OauthTokens } from './oauth-tokens.ts';
import type { BearerTokens } from './bearer-tokens.ts';
import type { FaultUses } from './faults.ts';

export interface OAuthClient {
  readonly apiKey: string;
  readonly secretKey: string;
}

export interface IamClient {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Counts since the start. A request counts when it arrives, whatever the answer. */
export interface SimulatorStats {
  tokenRequests: number;
  tokensIssued: number;
  /** V1 model calls. */
  completionRequests: number;
  serviceListRequests: number;
  bearerTokenRequests: number;
  /** V2 model calls, chat included. */
  openaiRequests: number;
  /** Requests whose client left before the answer was complete. */
  abortedRequests: number;
}

/** The state that every route gets. */
export interface Simulation {
  readonly oauthClients: readonly OAuthClient[];
  readonly iamClients: readonly IamClient[];
  /** The permanent keys of the V2 side. */
  readonly apiKeys: readonly string[];
  readonly frameDelayMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly tokens: OauthTokens;
  readonly bearerTokens: BearerTokens;
  /** Whether V1 model calls have been switched off. */
  readonly v1: { isGone: boolean };
  readonly faultUses: FaultUses;
  readonly stats: SimulatorStats;
}
