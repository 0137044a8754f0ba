// What a client of the gateway may ask for.

/** Undefined: no limit. */
export interface ClientLimits {
  /** Requests for completions, within each minute of UTC. */
  readonly requestsPerMinute: number | undefined;
  /** Tokens of prompts and completions, within each day of UTC. */
  readonly tokensPerDay: number | undefined;
}

/** Far above what can be used up, and far below what a number holds exactly. */
export const highestLimit = 1_000_000_000_000;
