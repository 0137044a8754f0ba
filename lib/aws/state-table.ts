// A StateTable that loads the AWS SDK at the first use.
import { lazy } from '../core/lazy.ts';
import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import type { StateTable } from '../core/state-table.ts';

/** Creates the DynamoDB table, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createStateTable(tableName: string, clock: Pick<Clock, 'now'> = systemClock): StateTable {
  const load = lazy(() => import('./dynamodb.ts').then((module) => module.createDynamoDbTable(tableName, clock)));
  return {
    add: async (...call) => (await load()).add(...call),
    count: async (...call) => (await load()).count(...call),
    read: async (...call) => (await load()).read(...call),
    write: async (...call) => (await load()).write(...call),
    remove: async (...call) => (await load()).remove(...call),
  };
}
