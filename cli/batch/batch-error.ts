// What keeps a batch from going on, in words for whoever started it.

/**
 * How the command ends: 1 when the same command can go on, 2 when something about the command or its files has to be
 * changed first.
 */
export type FailureExitCode = 1 | 2;

/** Its message says what to do; no stack trace is needed. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
  readonly exitCode: FailureExitCode;

  constructor(message: string, exitCode: FailureExitCode, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
