// What an upstream's answer is made into: fences off, ended at the stops that the upstream was not given.
import { createModelCatalog } from '../../../lib/core/models.ts';
import { openAiCompletionsUpstream } from '../../../lib/dialects/openai/completions.ts';
import type { CompletionRequest } from '../../../lib/core/completion.ts';
import { answer, createExchange, json, sse } from '../../doubles/create-exchange.ts';

const model = createModelCatalog({ M: { openai: 'm' }, Q: { openai: 'q', fim: 'qwen' } });
const stop = ['1', '2', '3', '4', 'END'];
const requestOf = (fields: Partial<CompletionRequest> = {}, name = 'M'): CompletionRequest => ({
  model: model.resolve(name),
  prompt: 'abc',
  ...fields,
});
const createOpenAi = () =>
  createExchange({
    codec: openAiCompletionsUpstream,
    abilities: { suffix: true, stopItems: 4, stopCharacters: Infinity },
  });
const whole = (text: string, more: object = {}) => ({ id: 'x', choices: [{ text, finish_reason: 'length', ...more }] });
const event = (text: string, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ text, finish_reason: null }], ...more })}\n\n`;

it('a whole text ends before a stop that the upstream was not given, with the usage it told', async () => {
  const { upstream, call, answerWith, requests } = createOpenAi();
  const usage = { prompt_tokens: 1, completion_tokens: 9, total_tokens: 10 };
  answerWith(json({ ...whole('text END more'), usage }));
  expect(await upstream.complete(requestOf({ stop }), call())).toMatchObject({
    text: 'text ',
    finishReason: 'stop',
    usage: { totalTokens: 10 },
  });
  expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ stop: ['1', '2', '3', '4'] });
});

it('a whole text without one is given whole', async () => {
  const { upstream, call, answerWith } = createOpenAi();
  answerWith(json(whole('text EN')));
  expect(await upstream.complete(requestOf({ stop }), call())).toMatchObject({
    text: 'text EN',
    finishReason: 'length',
  });
});

it('a streamed text ends the same wherever it is divided, and the upstream is given up at once', async () => {
  const text = 'ab END more';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const { upstream, call, answerWith, clock } = createOpenAi();
    let destroyed = 0;
    const events = [event(text.slice(0, cut)), event(text.slice(cut)), new Error('Read on after the end of the text')];
    answerWith(answer(events, { contentType: 'text/event-stream', clock, onDestroy: () => (destroyed += 1) }));
    const chunks = await Array.fromAsync(await upstream.stream(requestOf({ stop }), call()));
    expect(chunks.map((chunk) => chunk.text).join('')).toBe('ab ');
    expect(chunks.at(-1)).toMatchObject({ isEnd: true, finishReason: 'stop', usage: undefined });
    // 3 characters of the prompt and those received, three to a token.
    expect(chunks.at(-1)?.estimatedTokens).toBe(Math.ceil((3 + (cut >= 6 ? cut : text.length)) / 3));
    expect(destroyed).toBe(1);
  }
});

it('what is held back is given when a stream breaks', async () => {
  const { upstream, call, answerWith } = createOpenAi();
  answerWith(sse(event('text'), event(' EN'), new Error('reset')));
  const texts: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { text } of await upstream.stream(requestOf({ stop }), call())) texts.push(text);
  };
  await expect(read()).rejects.toMatchObject({ code: 'upstream_truncated' });
  expect(texts.join('')).toBe('text EN');
});

it('a fence is taken off where the upstream fills in by itself, whole and streamed', async () => {
  const { upstream, call, answerWith } = createOpenAi();
  answerWith(json(whole('```py\nx = 1\n```\nDone.')));
  expect(await upstream.complete(requestOf({ suffix: 'S' }), call())).toMatchObject({ text: 'x = 1' });
  expect(await upstream.complete(requestOf(), call())).toMatchObject({ text: '```py\nx = 1\n```\nDone.' });
  answerWith(sse(event('``'), event('`py\nx ='), event(' 1\n'), event('```')));
  const chunks = await Array.fromAsync(await upstream.stream(requestOf({ suffix: 'S' }), call()));
  expect(chunks.map(({ text }) => text).join('')).toBe('x = 1');
});

it('the tokens of a family never come, also in two pieces', async () => {
  const { upstream, call, answerWith, requests } = createOpenAi();
  answerWith(sse(event('x = 1<|endof'), event('text|>more')));
  const chunks = await Array.fromAsync(await upstream.stream(requestOf({ suffix: 'S' }, 'Q'), call()));
  expect(chunks.map(({ text }) => text).join('')).toBe('x = 1');
  expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
    prompt: '<|fim_prefix|>abc<|fim_suffix|>S<|fim_middle|>',
  });
  expect(requests[0]?.body).not.toContain('"suffix"');
});
