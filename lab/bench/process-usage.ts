// Reads from Linux's /proc how much CPU time and memory a process has used.
import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** Of all its threads, in user mode and in the kernel, since it was started. */
  readonly cpuMs: number;
  /** Memory it has resident now. */
  readonly residentBytes: number;
}

/** The unit of the CPU times in /proc on every architecture that Linux runs Node.js on. */
const tickMs = 10;

/** Reads the usage; undefined where there is no /proc. */
export function readProcessUsage(pid: number): ProcessUsage | undefined {
  let stat: string;
  let status: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    if (process.platform !== 'linux') return undefined;
    throw error;
  }
  return { cpuMs: readCpuMs(stat), residentBytes: 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) };
}

/** Reads utime and stime, fields 14 and 15 of proc(5). The name in field 2 may contain anything, even spaces. */
export function readCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return tickMs * (Number(fields[11]) + Number(fields[12]));
}
