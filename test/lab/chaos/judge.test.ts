import { judge, Violation } from '../../../lab/chaos/judge.ts';
import type { ReceivedAnswer } from '../../../lab/chaos/judge.ts';
import { prompt } from '../../../lab/chaos/canaries.ts';

const truths = [{ text: 'whole text', promptTokens: 2, totalTokens: 4 }];
const usage = { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 };

const stream = (...events: readonly (object | string)[]): ReceivedAnswer => ({
  status: 200,
  headers: { 'Content-Type': 'text/event-stream; charset=utf-8' },
  body: events.map((data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`).join(''),
});
const json = (value: unknown, status = 200): ReceivedAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});

const v1Error = { error_code: 336000, error_msg: 'broken' };
const openAiError = { error: { message: 'broken', type: 'api_error', param: null, code: 'upstream_truncated' } };
const frame = (index: number, result: string, isEnd = false) => ({ sentence_id: index, is_end: isEnd, result });
const chunk = (text: string, reason: string | null = null) => ({ choices: [{ text, finish_reason: reason }] });

describe('a V1 answer', () => {
  it.each<[string, ReceivedAnswer, boolean, 'whole' | 'error']>([
    ['the whole text', json({ result: 'whole text', usage }), false, 'whole'],
    ['an error', json(v1Error), false, 'error'],
    ['all frames', stream(frame(0, 'whole'), frame(1, ' text', true)), true, 'whole'],
    ['an error before the stream', json(v1Error), true, 'error'],
    ['an error in the stream', stream(frame(0, 'whole'), v1Error, '[ABORTED]'), true, 'error'],
  ])('of %s is taken for what it is', (_name, answer, isStream, verdict) => {
    expect(judge(answer, 'qianfan-v1', isStream, truths)).toBe(verdict);
  });

  it.each<[string, ReceivedAnswer, boolean]>([
    ['half a text', json({ result: 'whole' }), false],
    ['no text', json({}), false],
    ['a wrong usage', json({ result: 'whole text', usage: { ...usage, total_tokens: 5 } }), false],
    ['an error and a text', json({ ...v1Error, result: 'whole text' }), false],
    ['an error with another status', json(v1Error, 502), false],
    ['an error without a message', json({ error_code: 1 }), false],
    ['an error that quotes the prompt', json({ error_code: 1, error_msg: `bad: ${prompt}` }), false],
    ['half JSON', { ...json({}), body: '{"result":' }, false],
    ['a stream nobody asked for', stream(frame(0, 'whole text', true)), false],
    ['half a text with is_end', stream(frame(0, 'whole', true)), true],
    ['frames without is_end', stream(frame(0, 'whole'), frame(1, ' text')), true],
    ['no frames', stream(), true],
    ['another text before an error', stream(frame(0, 'hole'), v1Error, '[ABORTED]'), true],
    ['frames after the end', stream(frame(0, 'whole text', true), frame(1, '')), true],
    ['an error that does not end the stream', stream(frame(0, 'whole'), v1Error, '[ABORTED]', frame(1, 'x')), true],
    ['an error of one frame', stream(frame(0, 'whole'), v1Error), true],
    ['a frame twice', stream(frame(0, 'whole'), frame(0, ' text', true)), true],
    ['half a frame', { ...stream(), body: 'data: {"sentence_id":0' }, true],
  ])('of %s is a violation', (_name, answer, isStream) => {
    expect(() => judge(answer, 'qianfan-v1', isStream, truths)).toThrow(Violation);
  });
});

describe('an OpenAI answer', () => {
  it.each<[string, ReceivedAnswer, boolean, 'whole' | 'error']>([
    ['the whole text', json({ choices: [{ text: 'whole text', finish_reason: 'stop' }], usage }), false, 'whole'],
    ['an error', json(openAiError, 502), false, 'error'],
    ['all chunks', stream(chunk('whole text'), chunk('', 'stop'), { choices: [], usage }, '[DONE]'), true, 'whole'],
    ['an error in the stream', stream(chunk('whole'), openAiError), true, 'error'],
  ])('of %s is taken for what it is', (_name, answer, isStream, verdict) => {
    expect(judge(answer, 'openai', isStream, truths)).toBe(verdict);
  });

  it.each<[string, ReceivedAnswer, boolean]>([
    ['half a text', json({ choices: [{ text: 'whole', finish_reason: 'stop' }] }), false],
    ['no finish_reason', json({ choices: [{ text: 'whole text', finish_reason: null }] }), false],
    ['an error with status 200', json(openAiError), false],
    ['a text with an error status', json({ choices: [{ text: 'whole text', finish_reason: 'stop' }] }, 502), false],
    ['half a text with a finish_reason', stream(chunk('whole', 'stop'), openAiError), true],
    ['half a text with [DONE]', stream(chunk('whole'), '[DONE]'), true],
    ['no [DONE]', stream(chunk('whole text', 'stop')), true],
    ['[DONE] without a finish_reason', stream(chunk('whole text'), '[DONE]'), true],
    ['[DONE] after an error', stream(chunk('whole'), openAiError, '[DONE]'), true],
    ['a choice after the last', stream(chunk('whole text', 'stop'), chunk(''), '[DONE]'), true],
    ['an error and nothing before it', stream(openAiError), true],
  ])('of %s is a violation', (_name, answer, isStream) => {
    expect(() => judge(answer, 'openai', isStream, truths)).toThrow(Violation);
  });
});
