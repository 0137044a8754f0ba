// What one running simulator knows and counts; every route is given it.
import type { AccessTokens } from './access-tokens.ts';
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
  completionRequests: number;
  serviceListRequests: number;
  /** Requests whose client left before the answer was complete. */
  abortedRequests: number;
}

export interface Simulation {
  readonly oauthClients: readonly OAuthClient[];
  readonly iamClients: readonly IamClient[];
  readonly frameDelayMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly tokens: AccessTokens;
  readonly faultUses: FaultUses;
  readonly stats: SimulatorStats;
}
