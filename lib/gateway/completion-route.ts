// What the completion routes of every dialect have in common.
import type { Upstream } from '../core/completion.ts';
import type { ModelCatalog } from '../core/models.ts';
import type { Clock } from '../core/clock.ts';
import type { Authenticator } from '../access/authenticate.ts';
import type { Guard } from '../guards/guard.ts';
import type { RescueSetting } from './stream-rescue.ts';

/** What the completion routes of every dialect are made from. */
export interface CompletionRouteOptions {
  readonly authenticator: Authenticator;
  readonly models: ModelCatalog;
  readonly upstream: Upstream;
  readonly guard: Guard;
  /** How often a stream may be continued when its upstream dies, unless a request says otherwise. Default: 0. */
  readonly streamRescue?: RescueSetting;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** Of an answer in server-sent events. */
export const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
} as const;
