// What a client of the gateway may ask for.

/** Undefined: no limit. */
export interface ClientLimits {
  /** Requests for completions, within each minute of UTC. */
  readonly requestsPerMinute: number | undefined;
  /** Tokens of prompts and completions, within each day of UTC. */
  readonly tokensPerDay: number | undefined;
}

/** The highest limit that can be configured: far above any real use, and far below the largest exact integer. */
export const highestLimit = 1_000_000_000_000;
