// Faults with a second chance: a retry, and another upstream. What the two sent must never be mixed.
import type { UpstreamName } from '../../lib/config/shape.ts';
import type { ChaosCase, Script } from './chaos-case.ts';
import { createCase, dialects } from './cut-cases.ts';
import { createRecording } from './recordings.ts';
import type { Recording } from './recordings.ts';

/** The distance between two cuts, in bytes. */
const stride = 37;

/** Cuts at many bytes, each with a retry, with another upstream, and with both. */
export function* createChainCases(): Generator<ChaosCase> {
  for (const dialect of dialects) {
    for (const isStream of [true, false]) {
      const v1 = createRecording('v1', isStream, 'chunked');
      const openAi = createRecording('completions', isStream, 'chunked');
      for (const [first, second] of [
        [v1, openAi],
        [openAi, v1],
      ] as const) {
        yield* createChains(dialect, first, second);
      }
    }
  }
}

function* createChains(dialect: UpstreamName, first: Recording, second: Recording): Generator<ChaosCase> {
  const whole = (recording: Recording): Script => [{ kind: 'send', bytes: recording.bytes }, { kind: 'end' }];
  const busy: Script = [
    { kind: 'send', bytes: 'HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n' },
    { kind: 'end' },
  ];
  const pair = { upstreams: [first.upstream, second.upstream], truths: [first.truth, second.truth] } as const;
  const asked = (scripts: readonly Script[], then: readonly Script[]): ChaosCase['behaviours'] => ({
    [first.upstream]: { place: 'script', scripts },
    [second.upstream]: { place: 'script', scripts: then },
  });
  for (let offset = 0; offset < first.bytes.length; offset += stride) {
    const cut: Script = [{ kind: 'send', bytes: first.bytes.subarray(0, offset) }, { kind: 'turn' }, { kind: 'reset' }];
    // Before the first event the caller has received nothing, so another attempt is possible and must succeed.
    const expected = offset <= first.bytes.indexOf('\r\n\r\n') ? 'whole' : 'either';
    const place = `at ${offset}`;
    yield createCase(dialect, first, 'cut, then a retry', place, [], expected, {
      retryCount: 1,
      behaviours: { [first.upstream]: { place: 'script', scripts: [cut, whole(first)] } },
    });
    yield createCase(dialect, first, 'cut, then another upstream', place, [], expected, {
      ...pair,
      behaviours: asked([cut], [whole(second)]),
    });
    yield createCase(dialect, first, 'cut, retried, then another upstream', place, [], expected, {
      ...pair,
      retryCount: 1,
      behaviours: asked([cut, busy], [whole(second)]),
    });
    yield createCase(
      dialect,
      first,
      'cut at every upstream',
      place,
      [],
      offset < first.truthFrom ? 'error' : 'either',
      {
        ...pair,
        retryCount: 1,
        behaviours: asked([cut], [[{ kind: 'reset' }]]),
      },
    );
  }
  yield createCase(dialect, first, 'refused, then another upstream', '', [], 'whole', {
    ...pair,
    behaviours: {
      [first.upstream]: { place: 'refused', scripts: [] },
      [second.upstream]: { place: 'script', scripts: [whole(second)] },
    },
  });
}
