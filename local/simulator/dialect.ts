// How each side of the simulator writes its errors.
import { sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** An error, before a side writes it in its own form. */
export interface SimulatedError {
  /** A V1 code; the V2 side translates it. */
  readonly errorCode: number;
  /** The V2 side's own code, where the V1 code leaves a choice. */
  readonly v2Code?: string | undefined;
  /** Default: the documented one. */
  readonly message?: string | undefined;
}

/** The errors of one side. */
export interface Dialect {
  readonly side: 'v1' | 'v2';
  /** The name of this side's revocable tokens, for messages. */
  readonly tokenName: string;
  /** The beginning of an answer that breaks off in its text. */
  readonly brokenJson: string;
  /** `id` is the id of the answer that fails. Default: the V1 side gives none, the V2 side a fresh one. */
  encodeError(error: SimulatedError, id?: string): { readonly status: number; readonly value: object };
}

/** Answers with an error in the form of a side. */
export function sendError(exchange: Exchange, dialect: Dialect, errorCode: number, message?: string): void {
  const { status, value } = dialect.encodeError({ errorCode, message });
  sendJson(exchange, status, value);
}
