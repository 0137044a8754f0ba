// The authenticated sender of a request, and what they may do.

/** The limits of a client, named as in its record in the clients secret. */
export interface ClientRecordLimits {
  readonly requests_per_minute?: number | undefined;
  readonly tokens_per_day?: number | undefined;
}

/** The authenticated sender of a request: a client of the gateway, or an end user with a token of the configured issuer. */
export interface Caller {
  readonly id: string;
  /** Only for an end user: sent upstream as user_id, in place of any user_id in the request. */
  readonly userId?: string | undefined;
  /** Names or endpoints of the models the client may call. Absent: all. */
  readonly models?: readonly string[] | undefined;
  /** Each limit given here replaces the default one. */
  readonly limits?: ClientRecordLimits | undefined;
}

/** Every end user's id begins with this, and no client's id may. */
export const userIdPrefix = 'user:';

/** Returns a name that no other client or end user has, for keys of what is counted or kept for one caller. */
export function scopeOf({ id, userId }: Caller): string {
  return `${userId === undefined ? 'client' : 'user'}/${id}`;
}
