// Whoever has proved who they are, and what they may do.

/** As the record of a client spells them. */
export interface ClientRecordLimits {
  readonly requests_per_minute?: number | undefined;
  readonly tokens_per_day?: number | undefined;
}

/** Whoever has proved who they are: a client of the gateway, or an end user with a token of the issuer. */
export interface Caller {
  readonly id: string;
  /** The end user, when it is one: what goes upstream as user_id, whatever the request says. */
  readonly userId?: string | undefined;
  /** Names or endpoints of the models the client may call. Absent: all. */
  readonly models?: readonly string[] | undefined;
  /** In place of the default limits, each by itself. */
  readonly limits?: ClientRecordLimits | undefined;
}

/** What the id of an end user begins with, and that of no client. */
export const userIdPrefix = 'user:';

/** Names a caller among clients and end users, for what is counted or kept for one of them. */
export function scopeOf({ id, userId }: Caller): string {
  return `${userId === undefined ? 'client' : 'user'}/${id}`;
}
