// Judges an answer: it must be the complete text or an explicit error; anything else is a violation. It reads the dialects
// with code of its own, and shares none with what it judges.
import type { UpstreamName } from '../../lib/config/shape.ts';
import { quotesPrompt } from './canaries.ts';
import type { Truth } from './recordings.ts';

/** An answer as the caller received it. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Verdict = 'whole' | 'error';

/** An answer that is neither. The message says why. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Judges an answer.
 *
 * @param truths The texts that an answer may present as complete.
 * @throws Violation
 */
export function judge(
  answer: ReceivedAnswer,
  dialect: UpstreamName,
  isStream: boolean,
  truths: readonly Truth[],
): Verdict {
  const type = answer.headers['Content-Type'] ?? '';
  if (type.startsWith('text/event-stream')) {
    if (!isStream || answer.status !== 200) throw new Violation(`an event stream with status ${answer.status}`);
    const events = readEvents(answer.body);
    return dialect === 'openai' ? judgeOpenAiEvents(events, truths) : judgeV1Events(events, truths);
  }
  if (type !== 'application/json') throw new Violation(`content type ${type}`);
  const body = parseObject(answer.body);
  const error = dialect === 'openai' ? body['error'] : body['error_code'];
  if (error !== undefined) {
    if (dialect === 'openai') checkOpenAiError(body, answer.status);
    else checkV1Error(body, answer.status);
    return 'error';
  }
  if (isStream) throw new Violation('a stream that was answered whole');
  if (answer.status !== 200) throw new Violation(`status ${answer.status} without an error`);
  const [choice] = Array.isArray(body['choices']) ? (body['choices'] as Json[]) : [];
  const text = dialect === 'openai' ? choice?.['text'] : body['result'];
  if (dialect === 'openai' && typeof choice?.['finish_reason'] !== 'string') throw new Violation('no finish_reason');
  checkTruth(text, body['usage'], truths);
  return 'whole';
}

function judgeV1Events(events: readonly string[], truths: readonly Truth[]): Verdict {
  let text = '';
  let totalTokens = 0;
  let usage: Json | undefined;
  for (const [index, data] of events.entries()) {
    const frame = parseObject(data);
    const rest = events.slice(index + 1);
    if (frame['error_code'] !== undefined) {
      checkV1Error(frame, 200);
      if (index === 0) throw new Violation('an error without a frame before it is no stream');
      if (rest.length !== 1 || rest[0] !== '[ABORTED]') throw new Violation('an error that is not the end');
      checkPrefix(text, truths);
      return 'error';
    }
    if (frame['sentence_id'] !== index) throw new Violation('frames out of their order');
    text += String(frame['result']);
    if (typeof frame['usage'] === 'object' && frame['usage'] !== null) {
      usage = frame['usage'] as Json;
      totalTokens += Number(usage['completion_tokens']);
    }
    if (frame['is_end'] !== true) continue;
    if (rest.length > 0) throw new Violation('frames after the end');
    const total = usage && { ...usage, total_tokens: Number(usage['prompt_tokens']) + totalTokens };
    checkTruth(text, total, truths);
    return 'whole';
  }
  throw new Violation('a stream that ends without is_end and without an error');
}

function judgeOpenAiEvents(events: readonly string[], truths: readonly Truth[]): Verdict {
  let text = '';
  let usage: unknown;
  let isFinished = false;
  for (const [index, data] of events.entries()) {
    const rest = events.slice(index + 1);
    if (data === '[DONE]') {
      if (rest.length > 0) throw new Violation('events after [DONE]');
      if (!isFinished) throw new Violation('[DONE] without a finish_reason');
      checkTruth(text, usage, truths);
      return 'whole';
    }
    const chunk = parseObject(data);
    if (chunk['error'] !== undefined) {
      checkOpenAiError(chunk, undefined);
      if (index === 0) throw new Violation('an error without a chunk before it is no stream');
      if (rest.length > 0) throw new Violation('events after an error');
      checkPrefix(text, truths);
      return 'error';
    }
    const [choice] = Array.isArray(chunk['choices']) ? (chunk['choices'] as Json[]) : [];
    if (choice !== undefined && isFinished) throw new Violation('a choice after its finish_reason');
    text += choice === undefined ? '' : String(choice['text']);
    usage = chunk['usage'] ?? usage;
    if (typeof choice?.['finish_reason'] !== 'string') continue;
    isFinished = true;
    checkTruth(text, undefined, truths);
  }
  throw new Violation('a stream that ends without [DONE] and without an error');
}

/** Every event of the gateway is one line of data. */
function readEvents(body: string): readonly string[] {
  const events = body.split('\n\n');
  if (events.pop() !== '') throw new Violation('a stream that ends within an event');
  return events.map((event) => {
    if (!/^data: [^\r\n]+$/.test(event)) throw new Violation('an event that is not one line of data');
    return event.slice(6);
  });
}

function checkTruth(text: unknown, usage: unknown, truths: readonly Truth[]): void {
  const told = truths.find((truth) => truth.text === text);
  if (told === undefined) throw new Violation('a text that claims to be whole and is not');
  if (usage === undefined) return;
  const { prompt_tokens: promptTokens, total_tokens: totalTokens } = usage as Json;
  if (promptTokens !== told.promptTokens || totalTokens !== told.totalTokens) throw new Violation('a wrong usage');
}

function checkPrefix(text: string, truths: readonly Truth[]): void {
  if (!truths.some((truth) => truth.text.startsWith(text))) throw new Violation('a text that nobody sent');
}

function checkV1Error(body: Json, status: number): void {
  if (status !== 200) throw new Violation(`a V1 error with status ${status}`);
  if (!Number.isInteger(body['error_code']) || body['error_code'] === 0) throw new Violation('an error without a code');
  if ('result' in body || 'is_end' in body) throw new Violation('an error that is an answer too');
  checkMessage(body['error_msg']);
}

/** @param status Undefined for an error in a stream. */
function checkOpenAiError(body: Json, status: number | undefined): void {
  if (status !== undefined && status < 400) throw new Violation(`an error with status ${status}`);
  const { message, type, code } = body['error'] as Json;
  if (typeof type !== 'string' || typeof code !== 'string') throw new Violation('an error without type or code');
  if ('choices' in body) throw new Violation('an error that is an answer too');
  checkMessage(message);
}

function checkMessage(message: unknown): void {
  if (typeof message !== 'string' || message === '') throw new Violation('an error without a message');
  if (quotesPrompt(message)) throw new Violation('an error that quotes the prompt');
}

function parseObject(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Violation('JSON that is none');
  }
  if (typeof value !== 'object' || value === null) throw new Violation('JSON that is no object');
  return value as Json;
}
