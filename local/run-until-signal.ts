// Runs a command that serves until it is interrupted.
import { ConfigError } from '../lib/config/faults.ts';
import { StartupError } from './startup-error.ts';

/**
 * Waits until the command has started, and closes it on SIGINT or SIGTERM, even before it is ready. Ends the process
 * with code 0 after closing, or with 1 if it cannot start. An error that its user can mend is shown without a stack trace.
 */
export async function runUntilSignal<Started extends { close(): Promise<void> }>(
  starting: Promise<Started>,
  announce: (started: Started) => void,
): Promise<void> {
  const stop = async (): Promise<void> => {
    // What keeps it from starting is reported below.
    const started = await starting.catch(() => undefined);
    await started?.close();
    process.exit(started === undefined ? 1 : 0);
  };
  // The same signal may come twice: the terminal sends it to npm and to this process, and npm passes it on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  try {
    announce(await starting);
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}

function explain(error: unknown): unknown {
  if (error instanceof ConfigError) return error.faults.join('\n');
  return error instanceof StartupError ? error.message : error;
}
