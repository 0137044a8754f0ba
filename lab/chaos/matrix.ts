// The fault matrix: every caller, every upstream, whole and streamed, with every fault.
import { createAnswerCases } from './answer-cases.ts';
import { createChainCases } from './chain-cases.ts';
import type { ChaosCase } from './chaos-case.ts';
import { createConnectionCases } from './connection-cases.ts';
import { createCutCases, createDelayCases, createSplitCases, dialects } from './cut-cases.ts';
import { createEchoCases } from './echo-cases.ts';
import { createLivingCases } from './living-cases.ts';
import { listLivingRecordings } from './living-servers.ts';
import { createRecording, framings } from './recordings.ts';
import type { Recording } from './recordings.ts';

/** Every recording there is. */
function createAllRecordings(): readonly Recording[] {
  const shapes = ['v1', 'completions'] as const;
  return [
    ...shapes.flatMap((shape) =>
      framings.flatMap((framing) => [true, false].map((isStream) => createRecording(shape, isStream, framing))),
    ),
    createRecording('v1-crlf', true, 'length'),
    createRecording('chat', true, 'chunked'),
    createRecording('chat', false, 'length'),
    ...listLivingRecordings(),
  ];
}

/** All cases: tens of thousands. */
export function* createFullMatrix(): Generator<ChaosCase> {
  for (const recording of createAllRecordings()) {
    for (const dialect of dialects) {
      yield* createCutCases(dialect, recording, { end: 1, reset: 1, stall: 1 });
      yield* createSplitCases(dialect, recording, 1);
      yield* createDelayCases(dialect, recording, 17);
    }
  }
  yield* createOtherCases(1, 1);
}

/**
 * Some thousands of cases, for every run of the tests: the stream and the whole answer of each upstream cut at every
 * byte, and each other fault.
 */
export function* createShortMatrix(): Generator<ChaosCase> {
  const recordings = [
    createRecording('v1', true, 'chunked'),
    createRecording('v1', false, 'length'),
    createRecording('completions', true, 'chunked'),
    createRecording('completions', false, 'length'),
  ];
  for (const recording of recordings) {
    for (const dialect of dialects) {
      // Every byte for the dialect that the upstream has too.
      const isOwn = dialect === recording.upstream;
      yield* createCutCases(dialect, recording, { end: isOwn ? 1 : 5, reset: 23, stall: 29 });
      yield* createSplitCases(dialect, recording, isOwn ? 3 : 23);
      yield* createDelayCases(dialect, recording, 211);
    }
  }
  for (const recording of listLivingRecordings()) {
    for (const dialect of dialects) yield* createCutCases(dialect, recording, { end: 97, reset: 499, stall: 499 });
  }
  yield* createOtherCases(11, 7);
}

function* createOtherCases(echoStride: number, livingStride: number): Generator<ChaosCase> {
  yield* createAnswerCases();
  yield* createConnectionCases();
  yield* createChainCases();
  yield* createLivingCases(livingStride);
  yield* createEchoCases(echoStride);
}
