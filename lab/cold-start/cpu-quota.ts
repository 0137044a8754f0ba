// A share of a processor for a process, as Lambda gives it by a function's memory: a control group with a quota.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CpuQuota {
  /** Holds a process to the quota from now on, with all its threads. */
  hold(pid: number): void;
  /** Frees what ends here; every process has to have ended. */
  remove(): void;
}

/** From this on a function has a whole processor. Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const wholeProcessorMb = 1_769;
/** Short, so that a process waits often and briefly instead of rarely and long. */
const periodUs = 20_000;

/** The roots of the processor's controller: of control groups version 2, and of version 1. */
const roots = ['/sys/fs/cgroup', '/sys/fs/cgroup/cpu'];

/**
 * Creates a group for functions of so much memory.
 *
 * @throws Error when this machine lets nobody make one: it takes Linux, and root.
 */
export function createCpuQuota(memoryMb: number): CpuQuota {
  const quotaUs = Math.round((periodUs * memoryMb) / wholeProcessorMb);
  const root = roots.find((candidate) => existsSync(join(candidate, 'cgroup.procs')));
  if (root === undefined) throw new Error('There are no control groups here, by which a processor is shared out');
  const directory = join(root, `qianfan-serverless-${process.pid}-${memoryMb}`);
  mkdirSync(directory);
  const write = (name: string, value: string): void => writeFileSync(join(directory, name), value);
  if (existsSync(join(directory, 'cpu.max'))) {
    write('cpu.max', `${quotaUs} ${periodUs}`);
  } else {
    write('cpu.cfs_period_us', String(periodUs));
    write('cpu.cfs_quota_us', String(quotaUs));
  }
  return {
    hold: (pid) => write('cgroup.procs', String(pid)),
    remove: () => rmdirSync(directory),
  };
}
