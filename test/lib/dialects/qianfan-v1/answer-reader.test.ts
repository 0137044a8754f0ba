import { readFileSync } from 'node:fs';
import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import { createV1Reader, decodeV1Completion } from '../../../../lib/dialects/qianfan-v1/answer-reader.ts';
import { createV1StreamEncoder, encodeV1Completion } from '../../../../lib/dialects/qianfan-v1/answer-writer.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/qianfan-v1/${name}`, import.meta.url), 'utf8');

const read = (frame: string): readonly CompletionChunk[] => createV1Reader({}).readEvent({ type: '', data: frame });
const readFrame = (frame: object): CompletionChunk | undefined => read(JSON.stringify(frame))[0];

const linesOf = (name: string): string[] => fixture(name).trimEnd().split('\n');

describe.each([
  ['Pythia-12B page', 'pythia-12b-completion.json', 97],
  ['StarCoder page', 'starcoder-completion.json', 45],
  ['SDK page', 'sdk-completion.json', 308],
])('the answer on the %s', (_page, file, totalTokens) => {
  const sample: unknown = JSON.parse(fixture(file));

  it('is decoded', () => {
    expect(decodeV1Completion(sample)).toMatchObject({ isSafe: true, usage: { totalTokens } });
  });

  it('is written as it was read', () => {
    expect(JSON.parse(encodeV1Completion(decodeV1Completion(sample)))).toEqual(sample);
  });
});

describe.each([
  ['Pythia-12B page', 'pythia-12b-stream.jsonl', 5, [67, 91], [72, 96]],
  [
    'SDK page',
    'sdk-stream.jsonl',
    29,
    [32, 54, 83, 110, 142, 177, 210, 242, 275, 310, 339],
    [61, 83, 112, 139, 171, 206, 239, 271, 304, 339, 368],
  ],
])('the stream on the %s', (_page, file, promptTokens, completionTokens, totalTokens) => {
  const lines = linesOf(file);
  const chunks: readonly CompletionChunk[] = lines.flatMap((line) => read(line));

  it('is decoded with running counts', () => {
    expect(chunks.map(({ usage }) => usage)).toMatchObject(
      totalTokens.map((total, index) => ({
        promptTokens,
        completionTokens: completionTokens[index],
        totalTokens: total,
      })),
    );
  });

  it('ends with its last frame', () => {
    expect(chunks.map(({ isEnd }) => isEnd)).toEqual([...chunks.slice(1).map(() => false), true]);
  });

  it('is written byte for byte as it was read', () => {
    const encoder = createV1StreamEncoder('request-1');
    expect(chunks.map((chunk) => encoder.encode(chunk, 0))).toEqual(lines.map((line) => `data: ${line}\n\n`));
  });
});

describe('decodeV1Completion', () => {
  it('makes do with nothing but a result', () => {
    expect(decodeV1Completion({ result: '' })).toEqual({
      id: '',
      createdSeconds: 0,
      text: '',
      isSafe: true,
      includesStop: true,
    });
  });

  it.each([
    [1, true],
    [0, false],
    [true, true],
    [false, false],
    [undefined, true],
  ])('reads is_safe %p as %p', (value, isSafe) => {
    expect(decodeV1Completion({ result: '', is_safe: value }).isSafe).toBe(isSafe);
  });

  it.each([
    null,
    undefined,
    'many',
    {},
    // Servers that do not count say so, and what is no safe non-negative integer is no count.
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { prompt_tokens: -1, total_tokens: 5 },
    { prompt_tokens: 1, total_tokens: 2.5 },
    { prompt_tokens: 1, total_tokens: 2 ** 53 },
    { prompt_tokens: 1 },
    { total_tokens: 1 },
    { prompt_tokens: '1', total_tokens: '2' },
  ])('reads the usage %j as none', (usage) => {
    expect(decodeV1Completion({ result: '', usage }).usage).toBeUndefined();
  });

  it('counts no fewer than 0 completion tokens', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 0, total_tokens: 3 };
    expect(decodeV1Completion({ result: '', usage }).usage?.completionTokens).toBe(0);
  });

  it.each([null, [], 'text', 1, {}, { result: null }, { result: 1 }, { id: 'as-1', object: 'completion' }])(
    'refuses %j',
    (value) => {
      expect(() => decodeV1Completion(value)).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
    },
  );

  it('throws the error that an answer carries', () => {
    const error = { error_code: 336100, error_msg: 'High load', result: 'x' };
    expect(() => decodeV1Completion(error)).toThrow(expect.objectContaining({ code: 'high_load' }));
    expect(() => readFrame(error)).toThrow(expect.objectContaining({ code: 'high_load' }));
  });
});

describe('a frame', () => {
  it.each([
    [true, true],
    [false, false],
    [undefined, false],
    ['true', false],
  ])('reads is_end %p as %p', (value, isEnd) => {
    expect(readFrame({ result: '', is_end: value })?.isEnd).toBe(isEnd);
  });
});

describe('what the contract has no word for', () => {
  const frame = {
    id: 'as-1',
    object: 'chat.completion',
    created: 7,
    sentence_id: 0,
    is_end: true,
    result: 'text',
    is_safe: 1,
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 9, unknown_tokens: 2 },
    need_clear_history: true,
    ban_round: -1,
    finish_reason: 'normal',
    flag: 0,
    function_call: { name: 'f' },
    search_info: { results: [] },
    anything: { at: ['all'] },
  };
  const { sentence_id: _number, is_end: _end, ...whole } = frame;

  it('is written as V1 sent it, whole', () => {
    expect(JSON.parse(encodeV1Completion(decodeV1Completion(whole)))).toEqual(whole);
  });

  it('is written as V1 sent it, in each frame', () => {
    const encoder = createV1StreamEncoder('request-1');
    const written = read(JSON.stringify(frame)).map((chunk) => encoder.encode(chunk, 0));
    expect(written.map((event) => JSON.parse(event.slice('data: '.length)) as unknown)).toEqual([frame]);
  });
});

describe('the end of a text', () => {
  it.each([
    ['is_truncated', { is_truncated: true }, 'length'],
    ['the finish_reason of V1', { finish_reason: 'normal' }, 'stop'],
    ['no reason', {}, undefined],
    ['a reason of "null"', { finish_reason: 'null' }, undefined],
  ])('is told by %s, whole and in a frame', (_name, fields, finishReason) => {
    expect(decodeV1Completion({ result: 'a', ...fields }).finishReason).toBe(finishReason);
    expect(readFrame({ result: 'a', is_end: true, ...fields })?.finishReason).toBe(finishReason);
  });

  it.each(['abort', 'error', 'timeout'])('is no end when it is "%s"', (reason) => {
    const truncated = expect.objectContaining({ code: 'upstream_truncated', message: expect.stringContaining(reason) });
    expect(() => decodeV1Completion({ result: 'a', finish_reason: reason })).toThrow(truncated);
    expect(() => readFrame({ result: 'a', is_end: true, finish_reason: reason })).toThrow(truncated);
  });
});

describe('an error_code that says that there is none', () => {
  it.each([0, '0', null, ''])('is passed over: %j', (error_code) => {
    const answer = { result: 'a', error_code, error_msg: '' };
    expect(decodeV1Completion(answer)).toMatchObject({ text: 'a' });
    // Some SDKs take any error_code for an error.
    expect(encodeV1Completion(decodeV1Completion(answer))).not.toContain('error_');
    expect(readFrame(answer)).toMatchObject({ text: 'a' });
  });
});

describe('an event that is no frame', () => {
  it.each([
    { type: '', data: '' },
    { type: '', data: ' ' },
    { type: '', data: '[DONE]' },
    { type: 'ping', data: 'ping' },
    { type: 'ping', data: '' },
    { type: 'news', data: 'of any kind' },
  ])('is passed over: %j', (event) => {
    expect(createV1Reader({}).readEvent(event)).toEqual([]);
  });

  it.each([
    { type: '', data: 'secret' },
    { type: 'message', data: 'secret' },
    { type: '', data: '{"result":"secr' },
  ])('ends the text when it has no type that would excuse it: %j', (event) => {
    const error = { code: 'upstream_invalid_response', message: 'The upstream sent an event that is not JSON' };
    expect(() => createV1Reader({}).readEvent(event)).toThrow(expect.objectContaining(error));
  });

  it.each(['', 'error', 'news'])('is an error whatever its type, "%s", when it says that it is one', (type) => {
    const event = { type, data: '{"error_code":336100,"error_msg":"busy"}' };
    expect(() => createV1Reader({}).readEvent(event)).toThrow(expect.objectContaining({ code: 'high_load' }));
  });
});
