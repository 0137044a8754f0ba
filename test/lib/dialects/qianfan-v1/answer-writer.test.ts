import { encodeV1Completion } from '../../../../lib/dialects/qianfan-v1/answer-writer.ts';

describe('encodeV1Completion', () => {
  const completion = { id: 'as-1', createdSeconds: 7, text: 'event', isSafe: false };

  it('writes is_safe as a number', () => {
    expect(encodeV1Completion(completion)).toContain('"is_safe":0');
    expect(encodeV1Completion({ ...completion, isSafe: true })).toContain('"is_safe":1');
  });

  it('leaves out a usage that nobody counted, for null crashes the Python SDK', () => {
    expect(encodeV1Completion(completion)).not.toContain('usage');
    expect(encodeV1Completion({ ...completion, usage: undefined })).not.toContain('usage');
  });

  it('is one line', () => {
    expect(encodeV1Completion({ ...completion, text: 'a\nb\r\nc' })).not.toMatch(/[\r\n]/);
  });
});

describe('what another dialect said', () => {
  const completion = { id: 'as-1', createdSeconds: 7, text: 'a', isSafe: true };

  it('is told in the words of V1: a text that was too long is truncated', () => {
    expect(JSON.parse(encodeV1Completion({ ...completion, finishReason: 'length' }))).toMatchObject({
      is_truncated: true,
    });
    expect(encodeV1Completion({ ...completion, finishReason: 'stop' })).not.toContain('is_truncated');
  });

  it('is not written where V1 would not understand it', () => {
    const extras = { dialect: 'openai', fields: { logprobs: { tokens: [] } } };
    expect(encodeV1Completion({ ...completion, extras })).not.toContain('logprobs');
  });

  it('has its counts under the names of V1, and not as the other dialect spelt them', () => {
    const stated = { dialect: 'openai', fields: { prompt_tokens_details: { cached_tokens: 1 } } };
    const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 5, cachedTokens: 1, stated };
    expect(JSON.parse(encodeV1Completion({ ...completion, usage }))).toMatchObject({
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 5 },
    });
    expect(encodeV1Completion({ ...completion, usage })).not.toContain('cached');
  });
});
