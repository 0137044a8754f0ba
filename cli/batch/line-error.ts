// Why a line of a batch has no answer.

/** Why a line has no answer of the worker. */
export interface LineError {
  /** Of the error table, or `dead_letter`. */
  readonly code: string;
  readonly message: string;
  /** The V1 error_code. Default: that of the table. */
  readonly errorCode?: number;
  /** The number of the line, where it may be the only way to find it. */
  readonly line?: number;
  /** Whether the message is in the dead-letter queue. Default: false. */
  readonly isDeadLetter?: boolean;
}
