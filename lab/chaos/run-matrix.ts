// Runs the cases of the matrix, many at a time, and counts the results.
import { findSecrets } from './canaries.ts';
import { captureLogLines } from './capture-log-lines.ts';
import type { ChaosCase } from './chaos-case.ts';
import { startFaultyUpstream } from './faulty-upstream.ts';
import { runCase } from './run-case.ts';

export interface FaultCount {
  cases: number;
  whole: number;
  errors: number;
}

export interface MatrixReport {
  readonly cases: number;
  readonly whole: number;
  readonly errors: number;
  /** By fault. */
  readonly faults: ReadonlyMap<string, FaultCount>;
  /** How often each error code was logged. */
  readonly codes: ReadonlyMap<string, number>;
  readonly logLines: number;
  /** One line each: the case, and what was wrong. */
  readonly violations: readonly string[];
}

/** How many cases run at once: most wait for a silence to end. */
const concurrency = 96;

interface Running {
  readonly chaosCase: ChaosCase;
  lines: number;
}

/** Runs the cases as the generator makes them; after `mostViolations` (default 50) no more begin. `onProgress` is told every 10,000 cases. */
export async function runMatrix(
  cases: Iterable<ChaosCase>,
  { mostViolations = 50, onProgress = (_cases: number): void => undefined } = {},
): Promise<MatrixReport> {
  const upstream = await startFaultyUpstream();
  const faults = new Map<string, FaultCount>();
  const codes = new Map<string, number>();
  const violations: string[] = [];
  const running = new Map<string, Running>();
  let logLines = 0;
  let number = 0;
  let ended = 0;

  const checkLine = (line: string): void => {
    logLines += 1;
    const fields = JSON.parse(line) as { readonly request_id?: string; readonly code?: string };
    const current = running.get(fields.request_id ?? '');
    const name = current?.chaosCase.name ?? 'log';
    const found = findSecrets(line);
    if (found.length > 0) violations.push(`${name}: a log line that holds ${found.join(', ')}`);
    if (current === undefined || !line.includes('"message":"request"')) return;
    current.lines += 1;
    if (fields.code !== undefined) codes.set(fields.code, (codes.get(fields.code) ?? 0) + 1);
    if (fields.code === 'internal_error' && current.chaosCase.reportsInternalError !== true) {
      violations.push(`${name}: an error that is taken for the gateway's own: ${line}`);
    }
  };

  const run = async (chaosCase: ChaosCase): Promise<void> => {
    const count = faults.get(chaosCase.fault) ?? { cases: 0, whole: 0, errors: 0 };
    faults.set(chaosCase.fault, count);
    count.cases += 1;
    const requestIds = Array.from({ length: chaosCase.requests ?? 1 }, () => `case-${(number += 1)}`);
    for (const requestId of requestIds) running.set(requestId, { chaosCase, lines: 0 });
    try {
      const verdict = await runCase(chaosCase, upstream, requestIds);
      count[verdict === 'whole' ? 'whole' : 'errors'] += 1;
      const unlogged = requestIds.some((requestId) => running.get(requestId)?.lines !== 1);
      if (unlogged) violations.push(`${chaosCase.name}: a request without a log line, or with more than one`);
    } catch (error) {
      violations.push(`${chaosCase.name}: ${Error.isError(error) ? error.message : String(error)}`);
    }
    for (const requestId of requestIds) running.delete(requestId);
  };

  const onCrash = (error: unknown): void => void violations.push(`a crash: ${String(error)}`);
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  const capture = captureLogLines(checkLine);
  try {
    const iterator = cases[Symbol.iterator]();
    const work = async (): Promise<void> => {
      while (violations.length < mostViolations) {
        const next = iterator.next();
        if (next.done === true) return;
        await run(next.value);
        ended += 1;
        if (ended % 10_000 === 0) onProgress(ended);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    capture.stop();
    process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash);
  }
  if (upstream.trapped() > 0) violations.push(`${upstream.trapped()} redirects were followed`);
  await upstream.close();
  const counts = [...faults.values()];
  const sum = (pick: (count: FaultCount) => number): number => counts.reduce((total, count) => total + pick(count), 0);
  return {
    cases: sum((count) => count.cases),
    whole: sum((count) => count.whole),
    errors: sum((count) => count.errors),
    faults,
    codes,
    logLines,
    violations,
  };
}
