// Faults of the connection itself, and of connections that are used again.
import type { ChaosCase, Script } from './chaos-case.ts';
import { places } from './chaos-case.ts';
import { createCase, dialects } from './cut-cases.ts';
import { createRecording, truth } from './recordings.ts';
import type { Recording } from './recordings.ts';

const shapes = ['v1', 'completions', 'chat'] as const;

/** Each kind of connection on which no answer can come, and each way to answer the second request of a connection. */
export function* createConnectionCases(): Generator<ChaosCase> {
  for (const dialect of dialects) {
    for (const shape of shapes) {
      for (const isStream of [true, false]) {
        const recording = createRecording(shape, isStream, 'length');
        for (const place of places.slice(1)) {
          const patience = place.endsWith('silent') ? 'short' : 'long';
          const behaviours = { [recording.upstream]: { place, scripts: [] } };
          yield createCase(dialect, recording, place, '', [], 'error', { patience, behaviours });
        }
        for (const [name, scripts, expected] of createReuses(recording)) {
          const behaviours = { [recording.upstream]: { place: 'script', scripts } } as const;
          yield createCase(dialect, recording, name, '', [], expected, { behaviours, requests: 3 });
        }
      }
    }
  }
}

type Reuse = readonly [name: string, scripts: readonly Script[], expected: ChaosCase['expected']];

/** A kept-alive connection: bytes left over from one answer must never become part of the next. */
function* createReuses({ bytes }: Recording): Generator<Reuse> {
  const whole: Script = [{ kind: 'send', bytes }];
  const poison = Buffer.from(bytes.toString('utf8').replaceAll(truth.text.slice(0, 2), '毒药'));
  yield ['connection used again', [whole], 'whole'];
  yield ['connection reset after each answer', [[...whole, { kind: 'turn' }, { kind: 'reset' }]], 'either'];
  yield ['connection ended after each answer', [[...whole, { kind: 'turn' }, { kind: 'end' }]], 'either'];
  yield ['second answer in the same bytes', [[{ kind: 'send', bytes: Buffer.concat([bytes, poison]) }]], 'either'];
  yield ['second answer unasked', [[...whole, { kind: 'turn' }, { kind: 'send', bytes: poison }]], 'either'];
  yield [
    'second answer unasked and late',
    [[...whole, { kind: 'turn' }, { kind: 'turn' }, { kind: 'turn' }, { kind: 'send', bytes: poison }]],
    'either',
  ];
  yield ['noise between answers', [[...whole, { kind: 'turn' }, { kind: 'send', bytes: 'garbage\r\n\r\n' }]], 'either'];
}
