// Errors that keep the local run from starting and that its user can mend.

/** An error whose message says what to change. It is shown without a stack trace. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** Starts a server. Throws a StartupError that names `variable` if the server cannot listen on the port. */
export async function startOnPort<Started>(
  variable: string,
  port: number,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  try {
    return await start(port);
  } catch (error) {
    const code = readCode(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const reason = code === 'EACCES' ? 'not allowed' : 'in use';
    const message = `Port ${port} is ${reason}: set ${variable} to a free port, or to 0 for any`;
    throw new StartupError(message, { cause: error });
  }
}

/** Says in one word why a call failed: the system's error code, such as ECONNREFUSED, otherwise the error's name. */
export function describeReason(error: unknown): string {
  return readCode(error) ?? (error instanceof Error ? error.name : typeof error);
}

/** The system's error code, such as EADDRINUSE; undefined when there is none. */
export function readCode(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
