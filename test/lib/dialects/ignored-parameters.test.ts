import { decodeCompletionsRequest } from '../../../lib/dialects/openai/completions-request.ts';
import { decodeV1Request } from '../../../lib/dialects/qianfan-v1/completions-request.ts';
import { describeIgnoredParameters } from '../../../lib/gateway/ignored-parameters-header.ts';

describe('what a request of each dialect asks for in vain', () => {
  it.each([
    [{}, undefined],
    [{ prompt: 'p', temperature: 1, max_output_tokens: 5, system: '' }, undefined],
    [{ model: 'm', endpoint: 'e', headers: {}, extra_parameters: {}, user: null, suffix: null }, undefined],
    [{ suffix: 's', disable_search: true, response_format: 'json' }, ['suffix', 'disable_search', 'response_format']],
    [{ user: 'u', functions: [] }, ['user', 'functions']],
  ])('in V1, of %j, is %j', (fields, names) => {
    expect(decodeV1Request(JSON.stringify({ prompt: 'p', ...fields })).ignored).toEqual(names);
  });

  it.each([
    [{}, undefined],
    [{ top_p: 1, best_of: 1, logprobs: null, stream_options: {}, headers: {}, user: null, endpoint: 'e' }, undefined],
    [{ keep_alive: 5, Prompt: 'p', 名: 1 }, ['keep_alive', 'Prompt', '名']],
    [{ store: false, metadata: {} }, ['store', 'metadata']],
  ])('in the OpenAI dialect, of %j, is %j', (fields, names) => {
    expect(decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...fields })).ignored).toEqual(names);
  });
});

describe('X-Ignored-Parameters', () => {
  it.each([
    [undefined, undefined],
    [[], undefined],
    [['store'], 'store'],
    [['store', 'keep_alive'], 'store, keep_alive'],
    // The bytes of UTF-8 (https://www.rfc-editor.org/rfc/rfc3986#section-2.1).
    [['名', 'a,b', 'a b', '50%', 'a\r\nb'], '%E5%90%8D, a%2Cb, a%20b, 50%25, a%0D%0Ab'],
    [['\ud83c'], '%EF%BF%BD'],
  ])('of %j is %j', (names, value) => {
    expect(describeIgnoredParameters(names)['X-Ignored-Parameters']).toBe(value);
  });

  it('has at most 4 KB of whole names', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `parameter_${index}`);
    const value = describeIgnoredParameters(names)['X-Ignored-Parameters'] ?? '';
    expect(value.length).toBeLessThanOrEqual(4_096);
    expect(value.length).toBeGreaterThan(4_060);
    expect(names).toEqual(expect.arrayContaining(value.split(', ')));
  });
});
