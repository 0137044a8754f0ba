import type { CompletionChunk } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { createV1Gateway, jsonOf, textOf } from './create-v1-gateway.ts';

const chunkOf = (text: string, completionTokens: number, isEnd = false): CompletionChunk => ({
  id: 'as-1',
  createdSeconds: 7,
  isSafe: true,
  text,
  isEnd,
  usage: { promptTokens: 5, completionTokens, totalTokens: 5 + completionTokens },
});

async function* streamOf(...items: readonly (CompletionChunk | Error)[]): AsyncGenerator<CompletionChunk> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield item;
  }
}

describe('a stream', () => {
  it('is frames of the V1 dialect', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.stream = async () => streamOf(chunkOf('Chi', 1), chunkOf('na.', 3, true));
    const { response, text } = await ask({ stream: true });
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } });
    expect(upstream.calls).toMatchObject([{ method: 'stream' }]);
    const frames = jsonOf(text);
    expect(frames.map((frame) => [frame['sentence_id'], frame['is_end'], frame['result']])).toEqual([
      [0, false, 'Chi'],
      [1, true, 'na.'],
    ]);
    expect(frames.map(({ usage }) => usage)).toEqual([
      { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
      { prompt_tokens: 5, completion_tokens: 2, total_tokens: 8 },
    ]);
  });

  it('hands on each piece before the next one is there', async () => {
    const { ask, upstream } = createV1Gateway();
    const gate = Promise.withResolvers<void>();
    upstream.stream = async () =>
      (async function* () {
        yield chunkOf('Chi', 1);
        await gate.promise;
        yield chunkOf('na.', 3, true);
      })();
    const { response } = await ask({ stream: true, isRead: false });
    const pieces: string[] = [];
    for await (const piece of response.body) {
      pieces.push(piece);
      gate.resolve();
    }
    expect(pieces).toHaveLength(2);
  });

  it('that fails before its first frame is a V1 error like any other', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.stream = async () => {
      throw new GatewayError('qps_limit_reached', 'Open api qps request limit reached');
    };
    const { response } = await ask({ stream: true });
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(response.body).toBe('{"error_code":18,"error_msg":"Open api qps request limit reached","id":"request-1"}');
  });

  it('that fails after its first frame ends cleanly with the two frames of an error', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.stream = async () => streamOf(chunkOf('Chi', 1), new GatewayError('upstream_truncated', 'Cut off'));
    const { text, line } = await ask({ stream: true });
    const [first, ...rest] = text.split(/(?<=\n\n)/);
    expect(first).toContain('"result":"Chi"');
    expect(rest).toEqual([
      'data: {"error_code":336000,"error_msg":"Cut off","error":"Cut off","id":"request-1"}\n\n',
      'data: [ABORTED]\n\n',
    ]);
    expect(line).toMatchObject({ level: 'warn', fields: { status: 200, stream: true, code: 'upstream_truncated' } });
  });

  it('tells the caller nothing of a fault of our own', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.stream = async () => streamOf(chunkOf('Chi', 1), new TypeError('secret detail'));
    const { text, line } = await ask({ stream: true });
    expect(text).toContain('"error_msg":"Internal error"');
    expect(text).not.toContain('secret');
    expect(line).toMatchObject({ level: 'error', fields: { code: 'internal_error' } });
  });

  it('is logged with the time to its first event and its tokens so far', async () => {
    const { ask, upstream, clock } = createV1Gateway();
    upstream.stream = async () => {
      clock.advance(40);
      return streamOf(chunkOf('Chi', 1), { ...chunkOf('na.', 3, true), usage: undefined });
    };
    const { line } = await ask({ stream: true });
    expect(line?.fields).toMatchObject({ stream: true, first_event_ms: 40, prompt_tokens: 5, completion_tokens: 1 });
  });

  it('that the caller gives up is given up upstream, and logged as that', async () => {
    const { ask, upstream } = createV1Gateway();
    const controller = new AbortController();
    let isClosed = false;
    upstream.stream = async () =>
      (async function* () {
        try {
          for (;;) yield chunkOf('x', 1);
        } finally {
          isClosed = true;
        }
      })();
    const { response, lines } = await ask({ stream: true, isRead: false, signal: controller.signal });
    for await (const piece of response.body) {
      expect(piece).toContain('"result":"x"');
      controller.abort(new GatewayError('client_disconnected', 'The caller closed the connection'));
      break;
    }
    expect(isClosed).toBe(true);
    expect(lines).toMatchObject([{ level: 'warn', fields: { code: 'client_disconnected', completion_tokens: 1 } }]);
  });

  it('that reaches the deadline says so in the stream', async () => {
    const { ask, upstream } = createV1Gateway();
    const controller = new AbortController();
    upstream.stream = async (_request, { signal }) =>
      (async function* () {
        yield chunkOf('Chi', 1);
        controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline'));
        signal.throwIfAborted();
      })();
    const { response, lines } = await ask({ stream: true, isRead: false, signal: controller.signal });
    expect(await textOf(response)).toContain('"error_msg":"The function reached its deadline"');
    expect(lines).toMatchObject([{ fields: { code: 'deadline_exceeded' } }]);
  });
});
