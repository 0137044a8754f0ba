// A recorded answer that is cut, held back or torn at every byte.
import type { UpstreamName } from '../../lib/config/shape.ts';
import type { ChaosCase, Script, Step } from './chaos-case.ts';
import type { Recording } from './recordings.ts';

export const dialects: readonly UpstreamName[] = ['qianfan-v1', 'openai'];

/** A case in which one upstream is asked once, under the given name. */
export function createCase(
  dialect: UpstreamName,
  recording: Recording,
  fault: string,
  place: string,
  script: Script,
  expected: ChaosCase['expected'],
  more: Partial<ChaosCase> = {},
): ChaosCase {
  const { upstream, isStream, isChat, truth } = recording;
  return {
    name: `${dialect} caller, ${recording.name}: ${fault} ${place}`,
    fault,
    dialect,
    isStream,
    upstreams: [upstream],
    behaviours: { [upstream]: { place: 'script', scripts: [script] } },
    isChat,
    patience: 'long',
    expected,
    truths: [truth],
    ...more,
  };
}

/** The distance in bytes between two tries of each ending. The last bytes, which decide the result, are always tried. */
export interface Strides {
  readonly end: number;
  readonly reset: number;
  readonly stall: number;
}

const endings: Readonly<Record<keyof Strides, readonly Step[]>> = {
  end: [{ kind: 'end' }],
  // Otherwise the reset would overtake what was sent.
  reset: [{ kind: 'turn' }, { kind: 'turn' }, { kind: 'reset' }],
  stall: [],
};

/** Cuts the answer after every number of bytes, from none to all. */
export function* createCutCases(dialect: UpstreamName, recording: Recording, strides: Strides): Generator<ChaosCase> {
  const { bytes, truthFrom } = recording;
  for (let offset = 0; offset <= bytes.length; offset += 1) {
    for (const ending of ['end', 'reset', 'stall'] as const) {
      if (offset % strides[ending] !== 0 && offset !== bytes.length) continue;
      // A reset may throw away what has arrived, and without a length only the end of the connection ends a body.
      const isWhole = offset === bytes.length && (ending === 'end' || (ending === 'stall' && !recording.isOpenEnded));
      const expected = isWhole ? 'whole' : offset < truthFrom ? 'error' : 'either';
      const script: Script = [{ kind: 'send', bytes: bytes.subarray(0, offset) }, ...endings[ending]];
      const patience = ending === 'stall' && !isWhole ? 'short' : 'long';
      yield createCase(dialect, recording, `cut, then ${ending}`, `at ${offset}`, script, expected, { patience });
    }
  }
}

/** Splits the answer in two at every byte, and into pieces of one, two and three bytes: each arrives by itself. */
export function* createSplitCases(dialect: UpstreamName, recording: Recording, stride: number): Generator<ChaosCase> {
  const { bytes } = recording;
  for (let offset = 1; offset < bytes.length; offset += stride) {
    const script = sendInPieces([bytes.subarray(0, offset), bytes.subarray(offset)]);
    yield createCase(dialect, recording, 'split in two', `at ${offset}`, script, 'whole');
  }
  for (const size of [1, 2, 3]) {
    const count = Math.ceil(bytes.length / size);
    const pieces = Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    yield createCase(dialect, recording, 'split into bytes', `of ${size}`, sendInPieces(pieces), 'whole');
  }
}

/** Delays the answer at regular distances: for less than the timeout, and for longer. */
export function* createDelayCases(dialect: UpstreamName, recording: Recording, stride: number): Generator<ChaosCase> {
  const { bytes, truthFrom } = recording;
  for (let offset = 0; offset < bytes.length; offset += stride) {
    const script = (ms: number): Script => [
      { kind: 'send', bytes: bytes.subarray(0, offset) },
      { kind: 'pause', ms },
      { kind: 'send', bytes: bytes.subarray(offset) },
      { kind: 'end' },
    ];
    yield createCase(dialect, recording, 'delayed', `at ${offset}`, script(40), 'whole');
    const expected = offset < truthFrom ? 'error' : 'either';
    yield createCase(dialect, recording, 'delayed for too long', `at ${offset}`, script(3_000), expected, {
      patience: 'short',
    });
  }
}

function sendInPieces(pieces: readonly Uint8Array[]): Script {
  return [...pieces.flatMap((bytes): Script => [{ kind: 'send', bytes }, { kind: 'turn' }]), { kind: 'end' }];
}
