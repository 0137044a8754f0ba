// The types of a case of the fault matrix.
import type { UpstreamName } from '../../lib/config/shape.ts';
import type { Truth } from './recordings.ts';

/** What the upstream does with a connection, one after the other. After the last step the connection stays open and silent. */
export type Step =
  | { readonly kind: 'send'; readonly bytes: string | Uint8Array }
  /** Sends something of the request it has received. */
  | { readonly kind: 'echo'; readonly write: (received: ReceivedRequest) => string }
  /** Gives the reader time to take what was sent before. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'pause'; readonly ms: number }
  /** Sends the same again and again until the connection is given up. */
  | { readonly kind: 'repeat'; readonly bytes: string; readonly everyMs: number }
  /** Ends its own direction; the other stays open. */
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

export type Script = readonly Step[];

/** A request as it came over the socket. */
export interface ReceivedRequest {
  readonly target: string;
  /** The lines of the head, without the first. */
  readonly headerLines: readonly string[];
  readonly body: string;
}

/** Where a script is played; the others have none: nobody listens, or what listens does it to every connection. */
export const places = [
  'script',
  'refused',
  'reset-at-connect',
  'end-at-connect',
  'silent',
  'tls-silent',
  'tls-reset',
  'tls-end',
  'tls-plain-text',
  'tls-no-certificate',
] as const;
export type Place = (typeof places)[number];

export interface UpstreamBehaviour {
  readonly place: Place;
  /** One per request. The last one is also used for all later requests. */
  readonly scripts: readonly Script[];
}

export interface ChaosCase {
  readonly name: string;
  /** The name under which the fault is counted. */
  readonly fault: string;
  /** The dialect of the caller. */
  readonly dialect: UpstreamName;
  readonly isStream: boolean;
  /** In the order in which they are asked. */
  readonly upstreams: readonly UpstreamName[];
  readonly behaviours: Readonly<Partial<Record<UpstreamName, UpstreamBehaviour>>>;
  /** How Qianfan V1 is authenticated to. Default: access_token. */
  readonly auth?: 'access_token' | 'iam';
  readonly isChat: boolean;
  /** Default: 0. */
  readonly retryCount?: number;
  /** `short` where the upstream is silent in the end: the error is to come after a fifth of a second. */
  readonly patience: 'short' | 'long';
  /** When the caller's time is up, in milliseconds. Default: long after all timeouts. */
  readonly deadlineMs?: number;
  /** How many requests the caller makes, one after the other, each to be answered so. Default: 1. */
  readonly requests?: number;
  /** Whether the upstream itself reports an internal error, which is then no fault of the gateway's. */
  readonly reportsInternalError?: boolean;
  readonly expected: 'whole' | 'error' | 'either';
  /** The texts that count as complete. */
  readonly truths: readonly Truth[];
}
