// What a process holds while a soak runs: memory and handles.
import { readdirSync } from 'node:fs';
import { readProcessUsage } from '../bench/process-usage.ts';

export interface Sample {
  readonly residentBytes: number;
  /** Open files and sockets. */
  readonly handles: number;
}

export interface Watch {
  readonly samples: readonly Sample[];
  /** Takes one more sample, of a process at rest. */
  sample(): Sample;
  stop(): void;
}

/** Takes a sample every so often. Needs Linux's /proc; elsewhere all samples are 0. */
export function watchProcess(pid: number, intervalMs: number): Watch {
  const samples: Sample[] = [];
  const sample = (): Sample => {
    const usage = readProcessUsage(pid);
    return { residentBytes: usage?.residentBytes ?? 0, handles: usage === undefined ? 0 : countHandles(pid) };
  };
  const timer = setInterval(() => samples.push(sample()), intervalMs);
  return { samples, sample, stop: () => clearInterval(timer) };
}

function countHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
