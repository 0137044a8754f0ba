import { readFileSync } from 'node:fs';
import type { CompletionChunk } from '../../../../lib/core/completion.ts';
import {
  createV1StreamEncoder,
  decodeV1Chunk,
  decodeV1Completion,
  encodeV1Completion,
} from '../../../../lib/dialects/qianfan-v1/completions-response.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/qianfan-v1/${name}`, import.meta.url), 'utf8');

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
  const chunks: readonly CompletionChunk[] = lines.map((line) => decodeV1Chunk(JSON.parse(line)));

  it('is decoded with running counts', () => {
    expect(chunks.map(({ usage }) => usage)).toEqual(
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
    const encoder = createV1StreamEncoder();
    expect(chunks.map((chunk) => encoder.encode(chunk))).toEqual(lines.map((line) => `data: ${line}\n\n`));
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
    expect(() => decodeV1Chunk(error)).toThrow(expect.objectContaining({ code: 'high_load' }));
  });
});

describe('decodeV1Chunk', () => {
  it.each([
    [true, true],
    [false, false],
    [undefined, false],
    ['true', false],
  ])('reads is_end %p as %p', (value, isEnd) => {
    expect(decodeV1Chunk({ result: '', is_end: value }).isEnd).toBe(isEnd);
  });
});

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
