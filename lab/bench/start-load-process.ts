// The load generator in a process of its own, so that its work does not slow down what is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, LoadTask } from './load-generator.ts';
import type { LoadReply } from './load-main.ts';

export interface LoadProcess {
  /** Runs one task at a time; rejects when an answer was wrong, or no result came in time. */
  run(task: LoadTask): Promise<Load>;
  stop(): void;
}

/** For answers that take long after the end of a task. */
const graceMs = 30_000;

/** Starts the process. */
export function startLoadProcess(): LoadProcess {
  const child = fork(fileURLToPath(new URL('load-main.ts', import.meta.url)), { serialization: 'advanced' });
  const kill = (): boolean => child.kill();
  process.once('exit', kill);
  return {
    run: async (task) => {
      const reply = once(child, 'message', { signal: AbortSignal.timeout(task.durationMs + graceMs) });
      child.send(task);
      const [message] = (await reply) as [LoadReply];
      if ('load' in message) return message.load;
      throw new Error(message.error);
    },
    stop: () => {
      process.off('exit', kill);
      kill();
    },
  };
}
