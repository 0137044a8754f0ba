// Errors that end a batch and that its user can mend.

/**
 * The exit code of the command: 1 if the same command can be run again to go on, 2 if the command or its files have to be
 * changed first.
 */
export type FailureExitCode = 1 | 2;

/** An error whose message says what to do. It is shown without a stack trace. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
  readonly exitCode: FailureExitCode;

  constructor(message: string, exitCode: FailureExitCode, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
