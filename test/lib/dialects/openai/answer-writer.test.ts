import {
  encodeOpenAiChunk,
  encodeOpenAiCompletion,
  encodeOpenAiUsageChunk,
  openAiDone,
} from '../../../../lib/dialects/openai/completions-answer.ts';

const head = { id: 'as-1', createdSeconds: 7, model: 'StarCoder' };
const wireHead = { id: 'as-1', object: 'text_completion', created: 7, model: 'StarCoder' };
const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
const wireUsage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const dataOf = (frame: string): unknown => {
  expect(frame).toMatch(/^data: [^\n]+\n\n$/);
  return JSON.parse(frame.slice('data: '.length));
};

describe('a whole answer', () => {
  it('has its choices in the order given, and the usage', () => {
    const choices = [
      { text: 'a', index: 0, finishReason: 'stop' },
      { text: 'b', index: 1, finishReason: 'length' },
    ] as const;
    expect(JSON.parse(encodeOpenAiCompletion(head, choices, usage))).toEqual({
      ...wireHead,
      choices: [
        { text: 'a', index: 0, logprobs: null, finish_reason: 'stop' },
        { text: 'b', index: 1, logprobs: null, finish_reason: 'length' },
      ],
      usage: wireUsage,
    });
  });

  it('has no usage when nobody counted', () => {
    expect(JSON.parse(encodeOpenAiCompletion(head, [], undefined))).toEqual({ ...wireHead, choices: [] });
  });
});

describe('a stream', () => {
  it('has the text at choices[].text, and null until there is a finish_reason', () => {
    expect(dataOf(encodeOpenAiChunk(head, { text: 'a\n', index: 2, finishReason: undefined }))).toEqual({
      ...wireHead,
      choices: [{ text: 'a\n', index: 2, logprobs: null, finish_reason: null }],
    });
    expect(dataOf(encodeOpenAiChunk(head, { text: '', index: 0, finishReason: 'stop' }))).toMatchObject({
      choices: [{ text: '', finish_reason: 'stop' }],
    });
  });

  it('has its usage in a chunk without choices, and [DONE] at its end', () => {
    expect(dataOf(encodeOpenAiUsageChunk(head, usage))).toEqual({ ...wireHead, choices: [], usage: wireUsage });
    expect(openAiDone).toBe('data: [DONE]\n\n');
  });
});
