// Types for the package dynalite, which has none: as much of it as the emulation of DynamoDB uses.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export interface DynaliteOptions {
    /** How long a new table cannot be used yet. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** A server that keeps its tables in memory and listens only when told to. */
  export default function createDynalite(options?: DynaliteOptions): Server;
}
