// A run of `npm run batch` as its parts see it: queues of an emulator, a connection to them, and an empty ledger.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, findPlace } from '../../../cli/batch/connect.ts';
import type { Connection } from '../../../cli/batch/connect.ts';
import { openLedger } from '../../../cli/batch/ledger.ts';
import type { Ledger } from '../../../cli/batch/ledger.ts';
import { startQueues } from './start-queues.ts';
import type { TestQueues } from './start-queues.ts';

export interface ConnectedRun {
  readonly directory: string;
  readonly queues: TestQueues;
  readonly connection: Connection;
  /** Of the run `run`. */
  readonly ledger: Ledger;
  /** Interrupts the run. */
  readonly controller: AbortController;
  /** Closes all of it, also a ledger that is closed already. */
  end(): Promise<void>;
}

/** Starts one, in a directory of its own. */
export async function startConnectedRun(): Promise<ConnectedRun> {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-run-'));
  const queues = await startQueues();
  const environment = { AWS_PORT: String(queues.port) };
  const connection = await connect(findPlace(undefined, environment), environment);
  const header = { kind: 'header', runId: 'run', inputHash: 'abc', queue: 'q' } as const;
  const ledger = await openLedger(join(directory, 'journal'), header);
  return {
    directory,
    queues,
    connection,
    ledger,
    controller: new AbortController(),
    end: async () => {
      await ledger.close();
      connection.sqs.destroy();
      await queues.stop();
      rmSync(directory, { recursive: true });
    },
  };
}
