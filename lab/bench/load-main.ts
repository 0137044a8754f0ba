// The process of the load generator: tasks come, and results go, as messages.
import { generateLoad } from './load-generator.ts';
import type { Load, LoadTask } from './load-generator.ts';

/** What the process answers to a task. */
export type LoadReply = { readonly load: Load } | { readonly error: string };

process.on('message', (task: LoadTask) => void run(task));

async function run(task: LoadTask): Promise<void> {
  const reply = await generateLoad(task).then(
    (load): LoadReply => ({ load }),
    (error: unknown): LoadReply => ({ error: String(error) }),
  );
  process.send?.(reply);
}
