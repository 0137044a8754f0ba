// Calls the unmodified Node SDK in another process: no setting of this machine reaches it, and its output reaches nobody.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoClient } from '../../servers/v1-client.ts';
import type { V1Answer } from '../../servers/v1-client.ts';

/** What `new Completions()` is given. */
export type Options = Readonly<Record<string, string>>;

export interface SdkCall {
  readonly options: Options;
  /** A token that the client has already. */
  readonly accessToken?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly model?: string | undefined;
  /** Leaves the stream by `break` after so many frames. */
  readonly leaveAfter?: number;
}

/** What a call led to: the answer, or the frames up to the end, or to the error. */
export interface SdkOutcome {
  readonly id: number;
  readonly answer?: V1Answer;
  readonly frames: readonly V1Answer[];
  /** What the SDK threw, as text. */
  readonly error?: string;
}

export interface NodeSdk {
  call(call: SdkCall): Promise<SdkOutcome>;
  stop(): Promise<void>;
}

/** Another base URL … */
export const at = (url: string): Options => ({ QIANFAN_BASE_URL: url, QIANFAN_CONSOLE_API_BASE_URL: url });

/** … and other keys: nothing else changes when a user of the SDK moves to the gateway. */
export const oauthKeys = ({ id, secret } = demoClient): Options => ({ QIANFAN_AK: id, QIANFAN_SK: secret });
export const iamKeys = ({ id, secret } = demoClient): Options => ({
  QIANFAN_ACCESS_KEY: id,
  QIANFAN_SECRET_KEY: secret,
});

/** The text of a streamed outcome. */
export const joinText = ({ frames }: SdkOutcome): string => frames.map(({ result }) => result).join('');

/** Starts a process with an empty environment and an empty working directory: the SDK reads `.env` there. */
export async function startNodeSdk(): Promise<NodeSdk> {
  const directory = await mkdtemp(join(tmpdir(), 'node-sdk-'));
  const child = fork(fileURLToPath(new URL('./sdk-process-main.ts', import.meta.url)), {
    cwd: directory,
    env: {},
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (output += part.toString()));
  const waiting = new Map<number, PromiseWithResolvers<SdkOutcome>>();
  child.on('message', (outcome: SdkOutcome) => waiting.get(outcome.id)?.resolve(outcome));
  const exited = once(child, 'exit');
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`The process of the SDK ended:\n${output}`));
  });

  return {
    call: (call) => {
      const id = waiting.size;
      const outcome = Promise.withResolvers<SdkOutcome>();
      waiting.set(id, outcome);
      child.send({ id, ...call });
      return outcome.promise;
    },
    stop: async () => {
      child.kill();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
