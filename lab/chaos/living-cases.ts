// What servers that live do to a text: how it ends, how they report that they failed, and what they count.
import { encodeResponse } from './answer-cases.ts';
import type { ChaosCase, Script } from './chaos-case.ts';
import { createCase, dialects } from './cut-cases.ts';
import { createLivingAnswer, createLivingFrames, livingServers, recordLiving } from './living-servers.ts';
import type { LivingServer, Variation } from './living-servers.ts';
import { badEnds, errorBodies, errorEvents, goodEnds, keepAlives, labels, noCounts, noErrors } from './living-words.ts';
import { truth } from './recordings.ts';
import type { Truth } from './recordings.ts';

const usagePlaces = ['every chunk', 'the last chunk', 'a chunk of its own'] as const;

/** Another number than any: whatever an answer says to be counted is wrong. */
const uncounted: Truth = { text: truth.text, promptTokens: Number.NaN, totalTokens: Number.NaN };

interface Server {
  readonly server: LivingServer;
  readonly isChat: boolean;
  readonly isStream: boolean;
}

interface LivingFault {
  readonly name: string;
  readonly place: string;
  readonly body: string;
  readonly expected: ChaosCase['expected'];
  readonly label?: string | undefined;
  readonly truths?: (dialect: ChaosCase['dialect']) => readonly Truth[];
}

/** Every so manyth case of each dimension, for every server, operation and way; in all, every caller meets each. */
export function* createLivingCases(stride: number): Generator<ChaosCase> {
  let number = 0;
  for (const server of livingServers) {
    for (const isChat of [false, true]) {
      for (const isStream of [true, false]) {
        const one = { server, isChat, isStream };
        const recording = recordLiving(server, isChat, isStream);
        for (const dialect of dialects) {
          for (const { name, place, body, expected, truths, ...fault } of createFaults(one)) {
            number += 1;
            if (number % stride !== 0) continue;
            const type = 'label' in fault ? fault.label : isStream ? 'text/event-stream' : 'application/json';
            const headers = type === undefined ? [] : [`Content-Type: ${type}`];
            const script: Script = [
              { kind: 'send', bytes: encodeResponse('200 OK', headers, body) },
              { kind: 'turn' },
              { kind: 'end' },
            ];
            yield createCase(dialect, recording, name, place, script, expected, {
              truths: truths?.(dialect) ?? [truth],
              reportsInternalError: expected === 'error',
            });
          }
        }
      }
    }
  }
}

function* createFaults(one: Server): Generator<LivingFault> {
  yield* createEnds(one);
  yield* createErrors(one);
  yield* createCounts(one);
  yield* createContents(one);
  const body = write(one);
  for (const label of labels)
    yield { name: 'label of a living server', place: label ?? 'none', body, label, expected: 'whole' };
  if (!one.isStream) return;
  const { parts } = createLivingFrames(one.server, one.isChat);
  for (const line of keepAlives) {
    const between = parts.map((part) => line + part).join('');
    yield { name: 'keep-alive of a living server', place: JSON.stringify(line), body: between, expected: 'whole' };
  }
}

function* createEnds(one: Server): Generator<LivingFault> {
  for (const finishReason of goodEnds) {
    yield { name: 'good end', place: finishReason, body: write(one, { finishReason }), expected: 'whole' };
  }
  for (const finishReason of badEnds) {
    for (const usageIn of usagePlaces) {
      yield {
        name: 'bad end',
        place: `${finishReason}, ${usageIn}`,
        body: write(one, { finishReason, usageIn }),
        expected: 'error',
      };
    }
  }
}

function* createErrors(one: Server): Generator<LivingFault> {
  for (const more of noErrors) {
    const body = write(one, { more: more as Variation['more'] & object });
    yield { name: 'no error', place: JSON.stringify(more), body, expected: 'whole' };
  }
  if (!one.isStream) {
    for (const error of errorBodies) {
      const body = JSON.stringify(error);
      yield { name: 'error of a living server', place: body, body, expected: 'error' };
    }
    return;
  }
  const { parts, tellingParts } = createLivingFrames(one.server, one.isChat);
  for (const bytes of errorEvents) {
    // Before any event, and after each as long as the end has not come.
    for (let count = 0; count < tellingParts; count += 1) {
      const begun = parts.slice(0, count).join('') + bytes;
      const place = `${JSON.stringify(bytes)} after ${count}`;
      for (const [then, rest] of [
        ['', ''],
        [', then [DONE]', 'data: [DONE]\n\n'],
        [', then the rest', parts.slice(count).join('')],
      ] as const) {
        yield { name: 'error of a living server', place: place + then, body: begun + rest, expected: 'error' };
      }
    }
  }
}

function* createCounts(one: Server): Generator<LivingFault> {
  const marked = '"usage":"here"';
  for (const usageIn of one.isStream ? usagePlaces : [undefined]) {
    const body = (told: string): string => write(one, { usage: 'here', usageIn }).replaceAll(marked, `"usage":${told}`);
    const where = usageIn ?? '';
    for (const told of noCounts) {
      yield {
        name: 'usage that counts nothing',
        place: `${told} ${where}`,
        body: body(told),
        expected: 'whole',
        truths: () => [uncounted],
      };
    }
    yield {
      name: 'usage that counts',
      place: where,
      body: body('{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}'),
      expected: 'whole',
    };
    yield {
      name: 'total above the sum',
      place: where,
      body: body(
        '{"prompt_tokens":5,"completion_tokens":3,"total_tokens":50,"prompt_tokens_details":{"cached_tokens":4}}',
      ),
      expected: 'whole',
      // The frames of V1 tell what was written, not what was thought.
      truths: (dialect) => [
        { ...truth, totalTokens: dialect === 'qianfan-v1' && one.isStream ? truth.totalTokens : 50 },
      ],
    };
  }
}

function* createContents(one: Server): Generator<LivingFault> {
  const name = 'content of a living server';
  if (one.server === 'Qianfan V2') {
    for (const flag of [1, 2, 3, 4]) {
      const isShown = flag < 3;
      const body = write(one, { inChoice: { flag } });
      yield {
        name,
        place: `flag ${flag}`,
        body,
        expected: 'whole',
        truths: () => [isShown ? truth : { ...truth, text: '' }],
      };
    }
  }
  if (!one.isChat) return;
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] };
  const contents: readonly (readonly [string, NonNullable<Variation['contentOf']>, ChaosCase['expected']])[] = [
    ['parts', (text) => [{ type: 'text', text }], 'whole'],
    ['thoughts and parts', (text) => [thinking, { type: 'text', text }], 'whole'],
    ['thoughts alone', () => [thinking], 'error'],
    ['nothing, counted', () => null, 'error'],
  ];
  for (const [place, contentOf, expected] of contents) yield { name, place, body: write(one, { contentOf }), expected };
}

function write({ server, isChat, isStream }: Server, variation?: Variation): string {
  return (isStream ? createLivingFrames : createLivingAnswer)(server, isChat, variation).parts.join('');
}
