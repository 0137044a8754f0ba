// What the V2 side answers: the texts, their ends and the usage, as completions and as chat.
import type { Simulator } from '../../../local/simulator/server.ts';
import { countTokens } from '../../../local/simulator/generate-text.ts';
import { complete, startTestSimulator } from './simulator-client.ts';
import type { Frame } from './simulator-client.ts';
import { askV2, readV2Stream } from './v2-client.ts';
import type { V2Answer } from './v2-client.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const model = 'sqlcoder_7b';
const prompt = 'Introduce the city Beijing';
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs });
});
afterAll(() => simulator.close());

async function completeV2(body: object): Promise<V2Answer> {
  return JSON.parse((await askV2(simulator, { body: { model, prompt, ...body } })).text) as V2Answer;
}

async function completeText(body: object): Promise<string> {
  return (await completeV2(body)).choices[0]?.text ?? '';
}

async function streamV2(body: object): Promise<ReturnType<typeof readV2Stream>> {
  return readV2Stream((await askV2(simulator, { body: { model, prompt, stream: true, ...body } })).text);
}

async function completeV1(body: object): Promise<string> {
  return (JSON.parse((await complete(simulator, { endpoint: model, body: { prompt, ...body } })).text) as Frame).result;
}

it.each(['/v2/completions', '/v1/completions'])('%s answers a text_completion with its usage', async (path) => {
  const answer = await askV2(simulator, { path, body: { model, prompt } });
  const completion = JSON.parse(answer.text) as V2Answer;
  const text = completion.choices[0]?.text ?? '';
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json']);
  expect(completion).toEqual({
    id: expect.stringMatching(/^as-[0-9a-f]+$/) as string,
    object: 'text_completion',
    created: nowMs / 1000,
    model,
    choices: [{ text: expect.any(String) as string, index: 0, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 4, completion_tokens: countTokens(text), total_tokens: 4 + countTokens(text) },
  });
});

it('answers the text that V1 answers at the endpoint of the same name', async () => {
  const text = await completeV1({});
  expect(await completeText({})).toBe(text);
  expect((await streamV2({})).text).toBe(text);
  expect(await completeText({ prompt: [prompt], temperature: 0, top_k: 3, penalty_score: 1.5, user: 'u' })).toBe(text);
  expect(await completeText({ model: 'sqlcoder-7b' })).not.toBe(text);
});

it('stops before the item of stop, where V1 stops after it', async () => {
  const item = (await completeText({})).slice(60, 66);
  const [v1, text] = [await completeV1({ stop: [item] }), await completeText({ stop: item })];
  expect(v1).toBe(text + item);
  expect(await completeText({ stop: ['never to be seen', item] })).toBe(text);
  const stream = await streamV2({ stop: [item] });
  expect([stream.text, stream.finishReasons.at(-1)]).toEqual([text, 'stop']);
});

it('answers nothing when the text begins with an item of stop', async () => {
  const stop = (await completeText({})).slice(0, 1);
  const stream = await streamV2({ stop, stream_options: { include_usage: true } });
  expect([stream.text, stream.isDone]).toEqual(['', true]);
  expect(stream.chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 0 });
});

describe('a limit of tokens', () => {
  it('ends the text, says so and is counted', async () => {
    const { choices, usage } = await completeV2({ max_tokens: 5 });
    expect(choices[0]).toMatchObject({ finish_reason: 'length' });
    expect((await completeText({})).startsWith(`${choices[0]?.text} `)).toBe(true);
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 });
    const stream = await streamV2({ max_tokens: 5 });
    expect([stream.text, stream.finishReasons.at(-1)]).toEqual([choices[0]?.text, 'length']);
  });

  it('that the text does not reach changes nothing', async () => {
    const words = countTokens(await completeText({}));
    for (const max_tokens of [words, words + 1]) {
      expect((await completeV2({ max_tokens })).choices[0]).toMatchObject({
        text: await completeText({}),
        finish_reason: 'stop',
      });
    }
  });

  it('yields to an item of stop that comes first', async () => {
    const item = (await completeText({})).slice(10, 14);
    expect((await completeV2({ max_tokens: 20, stop: item })).choices[0]).toMatchObject({ finish_reason: 'stop' });
  });

  it('is max_output_tokens on the V1 side', async () => {
    expect(await completeV1({ max_output_tokens: 5 })).toBe(await completeText({ max_tokens: 5 }));
  });
});

it('streams text, the finish_reason, the usage if asked for, and [DONE]', async () => {
  const plain = await streamV2({});
  const { chunks, ...stream } = await streamV2({ stream_options: { include_usage: true } });
  expect(plain.chunks.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk))).toBe(true);
  expect([plain.isDone, stream.isDone]).toEqual([true, true]);
  expect(chunks).toHaveLength(plain.chunks.length + 1);
  expect(plain.chunks.length).toBeGreaterThanOrEqual(6);
  expect(plain.finishReasons).toEqual([...plain.chunks.slice(1).map(() => null), 'stop']);
  expect(plain.chunks.at(-1)?.choices).toEqual([{ text: '', index: 0, logprobs: null, finish_reason: 'stop' }]);
  const { usage } = await completeV2({});
  expect(chunks.at(-1)).toMatchObject({ object: 'text_completion', model, created: nowMs / 1000, choices: [], usage });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
});

it('gives n texts to each prompt of a list, the prompts counted once', async () => {
  const prompts = [prompt, 'Hi'];
  const { choices, usage } = await completeV2({ prompt: prompts, n: 2 });
  const texts = choices.map(({ text }) => text ?? '');
  expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  expect([texts[0], texts[2]]).toEqual([await completeText({}), await completeText({ prompt: 'Hi' })]);
  expect(new Set(texts).size).toBe(4);
  expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: countTokens(texts.join(' ')) });
  const { chunks } = await streamV2({ prompt: prompts, n: 2 });
  const streamed = [0, 1, 2, 3].map((wanted) =>
    chunks
      .flatMap((chunk) => chunk.choices)
      .filter(({ index }) => index === wanted)
      .map(({ text }) => text)
      .join(''),
  );
  expect(streamed).toEqual(texts);
});

it('echoes the prompt in front, which is counted as prompt only', async () => {
  const { choices, usage } = await completeV2({ echo: true, stop: 'never to be seen' });
  expect(choices[0]?.text).toBe(prompt + (await completeText({})));
  expect(usage).toEqual((await completeV2({})).usage);
  expect((await streamV2({ echo: true })).text).toBe(choices[0]?.text);
});

describe.each(['/v2/chat/completions', '/v1/chat/completions'])('%s', (path) => {
  const messages = [{ role: 'user', content: prompt }];

  it('answers one user message with the text of its prompt', async () => {
    const { text } = await askV2(simulator, { path, body: { model, messages } });
    const content = await completeText({});
    const answer = JSON.parse(text) as V2Answer;
    expect(answer).toMatchObject({ object: 'chat.completion', usage: { prompt_tokens: 4 } });
    expect(answer.choices).toEqual([
      { message: { role: 'assistant', content }, index: 0, logprobs: null, finish_reason: 'stop' },
    ]);
  });

  it('streams deltas, the first of which names the role', async () => {
    const { text } = await askV2(simulator, { path, body: { model, messages, stream: true } });
    const stream = readV2Stream(text);
    const deltas = stream.chunks.map(({ choices }) => choices[0]?.delta);
    expect(stream.text).toBe(await completeText({}));
    expect(new Set(stream.chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']));
    expect(deltas.map((delta) => delta?.role)).toEqual(['assistant', ...deltas.slice(1).map(() => undefined)]);
    expect([deltas.at(-1), stream.finishReasons.at(-1), stream.isDone]).toEqual([{}, 'stop', true]);
  });
});
