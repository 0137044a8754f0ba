import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import { openAiFimCompletions } from '../../../../lib/dialects/openai/fim-completions.ts';

const body = { model: 'codestral', prompt: 'P', suffix: 'S', random_seed: 7 };
const decode = (fields: object = {}) => openAiFimCompletions.decode(JSON.stringify({ ...body, ...fields }), '');
const completion = { id: 'x', createdSeconds: 7, text: 'middle', isSafe: true, finishReason: 'stop' } as const;
const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };

it("is read as a completion, with Mistral's name of the seed", () => {
  expect(decode()).toMatchObject({ model: 'codestral', texts: [{ prompt: 'P', suffix: 'S', seed: 7 }] });
  expect(decode({ seed: 5 }).texts[0]?.seed).toBe(5);
  expect(decode({ random_seed: undefined }).texts[0]?.seed).toBeUndefined();
});

it('refuses what is no body of a completion', () => {
  expect(() => decode({ prompt: undefined })).toThrow(/prompt is required/);
});

it('is answered like a chat', () => {
  expect(JSON.parse(openAiFimCompletions.encodeWhole(decode(), [{ ...completion, usage }]))).toEqual({
    id: 'x',
    object: 'chat.completion',
    created: 7,
    model: 'codestral',
    choices: [{ index: 0, message: { role: 'assistant', content: 'middle' }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
});

it('is streamed in deltas, of which the first names the role', () => {
  const encoder = openAiFimCompletions.createStreamEncoder(decode({ stream: true }), 'r');
  const chunk = (text: string, isEnd: boolean): CompletionChunk => ({ ...completion, text, isEnd });
  const stream =
    encoder.encode(chunk('mid', false), 0) + encoder.encode(chunk('dle', true), 0) + encoder.end(undefined);
  const events = stream.split('\n\n').filter((event) => event !== '');
  expect(events.at(-1)).toBe('data: [DONE]');
  expect(events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)) as unknown)).toMatchObject([
    {
      object: 'chat.completion.chunk',
      choices: [{ delta: { role: 'assistant', content: 'mid' }, finish_reason: null }],
    },
    { object: 'chat.completion.chunk', choices: [{ delta: { content: 'dle' }, finish_reason: 'stop' }] },
  ]);
});
