import type { CompletionChunk } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { logRequest } from '../../../lib/gateway/request-record.ts';
import type { RequestRecord } from '../../../lib/gateway/request-record.ts';
import { createRescueSetting, readMaxRescues } from '../../../lib/gateway/stream-rescue.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { chunksOf, createOpenAiGateway } from './create-openai-gateway.ts';
import { createV1Gateway, jsonOf } from './create-v1-gateway.ts';

const withHeader = (value: string) => ({ ...createHttpRequest(), headers: { 'x-stream-rescue': value } });

describe('X-Stream-Rescue', () => {
  it.each([0, 1, 2, 3])('of %i is what counts, whatever the settings say', (count) => {
    expect(readMaxRescues(withHeader(String(count)), 2)).toBe(count);
  });

  it('is up to the settings when it is absent', () => {
    expect(readMaxRescues({ ...createHttpRequest(), headers: {} }, 2)).toBe(2);
  });

  it.each(['', '4', '-1', '1.0', '01', 'yes', '1, 2', '１'])('of %j is refused, and told what it may be', (value) => {
    expect(() => readMaxRescues(withHeader(value), 0)).toThrow(
      expect.objectContaining({
        code: 'invalid_parameter',
        parameter: 'X-Stream-Rescue',
        message: 'X-Stream-Rescue must be 1, 2 or 3, or 0 for no rescue',
      }),
    );
  });
});

describe('the setting', () => {
  const models = createModelCatalog({ StarCoder: 'lbw_1' });
  const read = (setting: Parameters<typeof createRescueSetting>[0], name: string) =>
    createRescueSetting(setting, models)(models.resolve(name));

  it('is off by default', () => {
    expect(read(undefined, 'StarCoder')).toBe(0);
  });

  it('is one number for all models', () => {
    expect(read(2, 'StarCoder')).toBe(2);
    expect(read(2, 'lbw_unknown')).toBe(2);
  });

  it('is one for each model, which may be called by any of its names', () => {
    const setting = { starcoder: 3, sqlcoder_7b: 1 };
    expect(['lbw_1', 'StarCoder', 'SQLCoder-7B', 'Yi-34B'].map((name) => read(setting, name))).toEqual([3, 3, 1, 0]);
  });
});

/** Two pieces, of which the last has the notes. */
async function* chunksWith(notes: Partial<CompletionChunk>): AsyncGenerator<CompletionChunk> {
  for await (const chunk of chunksOf(['a', 'b'])) yield chunk.isEnd ? { ...chunk, ...notes } : chunk;
}

describe('what a caller is told', () => {
  const notes = { rescues: 2, isUsageIncomplete: true };

  it('is in the last frame of V1', async () => {
    const gateway = createV1Gateway();
    gateway.upstream.stream = async () => chunksWith(notes);
    const frames = jsonOf((await gateway.ask({ stream: true })).text);
    expect(frames[0]).not.toHaveProperty('rescues');
    expect(frames[0]).not.toHaveProperty('usage_incomplete');
    expect(frames[1]).toMatchObject({ is_end: true, rescues: 2, usage_incomplete: true });
  });

  it('is, in the OpenAI dialect, in the last chunk of each text and beside the usage', async () => {
    const gateway = createOpenAiGateway();
    let count = 0;
    gateway.upstream.stream = async () => chunksWith((count += 1) === 1 ? notes : {});
    const fields = { stream: true, n: 2, echo: true, stream_options: { include_usage: true } };
    const { text } = await gateway.ask({ fields });
    const chunks = jsonOf(text.replace('data: [DONE]\n\n', ''));
    expect(chunks.map((chunk) => chunk['rescues'])).toEqual([undefined, 2, undefined, undefined, 2]);
    expect(chunks.map((chunk) => chunk['usage_incomplete'])).toEqual([...Array.from({ length: 4 }), true]);
    const texts = chunks.flatMap((chunk) => chunk['choices'] as { text: string }[]).map((choice) => choice.text);
    expect(texts).toEqual(['pa', 'b', 'pa', 'b']);
  });

  it.each<Partial<CompletionChunk>>([{}, { rescues: 0, isUsageIncomplete: false }])(
    'is nothing where there is nothing to say: %j',
    async (more) => {
      const v1 = createV1Gateway();
      v1.upstream.stream = async () => chunksWith(more);
      const openai = createOpenAiGateway();
      openai.upstream.stream = async () => chunksWith(more);
      const fields = { stream: true, stream_options: { include_usage: true } };
      const told = `${(await v1.ask({ stream: true })).text}${(await openai.ask({ fields })).text}`;
      expect(told).toContain('"usage"');
      expect(told).not.toMatch(/rescues|usage_incomplete/);
    },
  );
});

describe('what operators are told', () => {
  const tell = (record: RequestRecord) => {
    const { log, lines, metrics } = createLogRecorder();
    logRequest(log, record, { requestId: 'r', method: 'POST', status: 200, startedAtMs: 0, endedAtMs: 1 });
    return { fields: lines[0]?.fields, metrics: metrics[0] };
  };

  it('is how often a stream was continued, what it had died of, and that its usage is not all', () => {
    const codes = ['upstream_truncated', 'high_load'] as const;
    const rescues = codes.map((code) => ({ error: new GatewayError(code, 'why') }));
    const { fields, metrics } = tell({ rescues, isUsageIncomplete: true });
    expect(fields).toMatchObject({
      rescues: 2,
      rescued_from: 'upstream_truncated, high_load',
      usage_incomplete: true,
    });
    expect(metrics).toMatchObject({ stream_rescues: { value: 2, unit: 'Count' } });
  });

  it('is nothing of a stream that was not', () => {
    const { fields, metrics } = tell({});
    expect(fields).toMatchObject({ rescues: undefined, rescued_from: undefined, usage_incomplete: undefined });
    expect(metrics?.['stream_rescues']).toBeUndefined();
  });
});
