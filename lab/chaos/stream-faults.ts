// Faults of an event stream: endless, late, doubled, without an end, or with more than one.
import type { ChaosCase, Script } from './chaos-case.ts';
import { createStreamBody, encodeOpenAiChunk, encodeV1Frame, truth } from './recordings.ts';
import { pieces } from './canaries.ts';
import type { Recording, Truth } from './recordings.ts';

/** What is wrong, how it is sent, and what becomes of it. */
export interface AnswerFault {
  readonly name: string;
  readonly script: Script;
  readonly expected: ChaosCase['expected'];
  readonly more?: Partial<ChaosCase>;
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';

/** A text of which some frames were sent more than once; the usage is what its last frame says. */
const withText = (text: string): Truth => ({ ...truth, text });

/** The faults that only an event stream can have; a whole answer meets the endless ones too. */
export function* createEventFaults(recording: Recording): Generator<AnswerFault> {
  const { isChat, isStream } = recording;
  const isV1 = recording.upstream === 'qianfan-v1';
  const { parts } = createStreamBody(isV1 ? 'v1' : isChat ? 'chat' : 'completions');
  const frame = (text: string): string =>
    isV1 ? encodeV1Frame(0, text, false) : encodeOpenAiChunk(isChat, text, null);
  const [first = '', second = ''] = parts;

  const begun: Script = [{ kind: 'send', bytes: head }, { kind: 'turn' }];
  const endless = (
    name: string,
    start: string,
    bytes: string,
    everyMs: number,
    more: Partial<ChaosCase>,
  ): AnswerFault => ({
    name,
    script: [...begun, { kind: 'send', bytes: start }, { kind: 'repeat', bytes, everyMs }],
    expected: 'error',
    more,
  });
  for (const start of ['', first]) {
    yield endless('endless line', start, 'x'.repeat(65_536), 0, {});
    yield endless('endless event', start, `data: ${'x'.repeat(10_000)}\n`, 0, {});
    yield endless('endless line, slowly', start, 'x', 20, { patience: 'short' });
    yield endless('endless comments', start, ': ping\n\n', 20, { patience: 'short' });
    yield endless('endless comments, fast', start, ': ping\n\n'.repeat(1_000), 1, { patience: 'short' });
    yield endless('endless empty lines', start, '\n', 20, { patience: 'short' });
  }
  // Never silent, so only the time limit of the caller ends it.
  yield endless('endless text', '', frame('x'), 20, { deadlineMs: 400, truths: [withText('x'.repeat(1_000))] });
  if (!isStream) return;

  const stream = (
    name: string,
    frames: readonly string[],
    expected: AnswerFault['expected'],
    text = truth.text,
  ): AnswerFault => ({
    name,
    script: [{ kind: 'send', bytes: head + frames.join('') }, { kind: 'turn' }, { kind: 'end' }],
    expected,
    more: { truths: [truth, withText(text)] },
  });
  const others = parts.slice(1);
  yield stream(
    'comments between events',
    parts.flatMap((part) => [': ping\n\n', part]),
    'whole',
  );
  yield stream('only [DONE]', ['data: [DONE]\n\n'], 'error');
  yield stream('an event that is no JSON', [first, 'data: <p>busy</p>\n\n', ...others], 'error');
  yield stream('HTML instead of events', ['<html><body>busy</body></html>'], 'error');
  yield stream('duplicate frames', [first, ...parts], 'whole', truth.text.replace(/^.../, '$&$&'));
  const error = isV1
    ? '{"error_code":336100,"error_msg":"busy"}'
    : '{"error":{"message":"busy","type":"server_overloaded"}}';
  for (const count of parts.slice(0, 3).keys()) {
    yield stream('error event', [...parts.slice(0, count), `data: ${error}\n\n`], 'error');
    yield stream('error without data:', [...parts.slice(0, count), `${error}\n`], 'error');
    yield stream(
      'error event, then the rest',
      [...parts.slice(0, count), `data: ${error}\n\n`, ...parts.slice(count)],
      'error',
    );
  }
  const late = frame('late');
  yield stream('event after the end', [...parts, late], 'whole');
  yield stream('error after the end', [...parts, `data: ${error}\n\n`], 'whole');
  yield stream('noise after the end', [...parts, '\0\0garbage\n\n'], 'whole');
  yield stream('second end', [...parts, ...parts], 'whole');
  const open = { kind: 'send', bytes: head + parts.join('') } as const;
  yield { name: 'end, then silence', script: [open], expected: 'whole' };
  yield {
    name: 'end, then events for ever',
    script: [open, { kind: 'repeat', bytes: late, everyMs: 5 }],
    expected: 'whole',
  };
  if (isV1) {
    const frames = (isEnd: boolean): readonly string[] => [first, second, encodeV1Frame(2, pieces[2], isEnd)];
    yield stream('no is_end', frames(false), 'error');
    yield stream('no is_end, but [DONE]', [...frames(false), 'data: [DONE]\n\n'], 'error');
    yield stream(
      'is_end of another type',
      frames(false).map((text) => text.replace('"is_end":false', '"is_end":"true"')),
      'error',
    );
    return;
  }
  const texts = parts.slice(0, 3);
  yield stream('no finish_reason and no [DONE]', texts, 'error');
  yield stream('no finish_reason, but [DONE]', [...texts, 'data: [DONE]\n\n'], 'whole');
  yield stream('finish_reason, but no [DONE]', parts.slice(0, 4), 'whole');
  yield stream('finish_reason of another type', [...texts, (parts[3] ?? '').replace('"stop"', '0')], 'error');
}
