import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { CompletionChunk, UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { qianfanV1Reader } from '../../../lib/upstream/qianfan-v1.ts';
import { createSend } from '../../../lib/upstream/send.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Respond = (response: ServerResponse, count: number) => void;

async function send(
  respond: Respond,
  {
    firstEventTimeoutMs = 10_000,
    idleTimeoutMs = 10_000,
    tellingSilenceMs = 10_000,
    signal = new AbortController().signal,
  } = {},
): Promise<Answer> {
  server = await startHttpServer((_request, response, count) => respond(response, count));
  const silence = { firstEventTimeoutMs, idleTimeoutMs, tellingSilenceMs };
  const sendOnce = createSend({ transport: createTransport(), reader: qianfanV1Reader, silence });
  const call: UpstreamCall = { requestId: 'r', signal, deadlineMs: Number.MAX_SAFE_INTEGER };
  return sendOnce({ method: 'POST', endpoint: 'e', url: new URL(server.url), headers: {}, body: '{}' }, call);
}

async function collect(answer: Answer): Promise<CompletionChunk[]> {
  if (answer.kind !== 'stream') throw new Error('not a stream');
  return Array.fromAsync(answer.chunks);
}

function frame(text: string, isEnd: boolean): string {
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  return `data: ${JSON.stringify({ id: 'as-1', created: 1, is_end: isEnd, result: text, is_safe: 1, usage })}\n\n`;
}

const json = (body: unknown) => (response: ServerResponse) =>
  void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));

const stream = (write: (response: ServerResponse) => void) => (response: ServerResponse) => {
  response.setHeader('Content-Type', 'text/event-stream');
  write(response);
};

describe('an answer that is no stream', () => {
  it('is decoded whole', async () => {
    const answer = await send(json({ id: 'as-1', created: 5, result: 'text', is_safe: 0 }));
    expect(answer).toEqual({
      kind: 'completion',
      completion: { id: 'as-1', createdSeconds: 5, text: 'text', isSafe: false, usage: undefined, includesStop: true },
    });
  });

  it.each<[string, Respond, string, RegExp]>([
    ['an error in a 200', json({ error_code: 18, error_msg: 'qps' }), 'qps_limit_reached', /^qps$/],
    ['an error of unknown number', json({ error_code: 99, error_msg: 'new' }), 'upstream_rejected', /^new$/],
    [
      'an HTML page',
      (r) => void r.setHeader('Content-Type', 'text/html').end('<p>secret text</p>'),
      'upstream_invalid_response',
      /text\/html, 18 characters/,
    ],
    ['an empty body', (r) => void r.end(), 'upstream_invalid_response', /not JSON/],
    ['JSON without a result', json({ id: 'as-1' }), 'upstream_invalid_response', /without a result/],
    ['half of a JSON body', (r) => void r.end('{"result":"secret te'), 'upstream_invalid_response', /not JSON/],
    ['a 500 of text', (r) => void r.writeHead(500).end('oops'), 'upstream_http_error', /HTTP 500/],
    [
      'a 503 with a V1 error',
      (r) => void r.writeHead(503).end('{"error_code":336100,"error_msg":"busy"}'),
      'high_load',
      /busy/,
    ],
    ['a 429', (r) => void r.writeHead(429).end(), 'qps_limit_reached', /HTTP 429/],
    ['a 401', (r) => void r.writeHead(401).end(), 'upstream_auth_failed', /HTTP 401/],
    ['a 404', (r) => void r.writeHead(404).end('nothing here'), 'unsupported_method', /HTTP 404/],
    [
      'a redirect',
      (r) => void r.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
      'upstream_rejected',
      /HTTP 302/,
    ],
    ['a closed connection', (r) => void r.destroy(), 'upstream_unreachable', /ECONNRESET/],
    [
      'a body that breaks off',
      (r) => void r.writeHead(200, { 'Content-Length': 99 }).write('{"res', () => r.destroy()),
      'upstream_unreachable',
      /before it had answered/,
    ],
  ])('fails with the right code for %s', async (_name, respond, code, message) => {
    const error: unknown = await send(respond).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('secret');
  });

  it('is read up to 4 MiB, and not beyond', async () => {
    const respondWith = (bytes: number) => (response: ServerResponse) => {
      const frameLength = JSON.stringify({ id: 'as-1', result: '' }).length;
      json({ id: 'as-1', result: 'x'.repeat(bytes - frameLength) })(response);
    };
    const limit = 4 * 1_048_576;
    expect(await send(respondWith(limit))).toMatchObject({ kind: 'completion' });
    await server?.close();
    await expect(send(respondWith(limit + 1))).rejects.toMatchObject({
      code: 'upstream_answer_too_large',
      status: 502,
      retryable: false,
      message: `The upstream sent a body of more than ${limit} bytes`,
    });
  });

  it('fails with upstream_connect_failed when nobody listens', async () => {
    server = await startHttpServer(() => undefined);
    const { url } = server;
    await server.close();
    const silence = { firstEventTimeoutMs: 10_000, idleTimeoutMs: 10_000 };
    const sendOnce = createSend({ transport: createTransport(), reader: qianfanV1Reader, silence });
    const call = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Number.MAX_SAFE_INTEGER };
    await expect(
      sendOnce({ method: 'POST', endpoint: 'e', url: new URL(url), headers: {}, body: '' }, call),
    ).rejects.toMatchObject({
      code: 'upstream_connect_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('an HTTP error', () => {
  const begin = (response: ServerResponse): ServerResponse =>
    response.writeHead(429, { 'Retry-After': '7', 'Content-Length': 70_000, 'Content-Type': 'application/json' });
  const limited = { code: 'qps_limit_reached', message: 'The upstream answered HTTP 429', retryAfterSeconds: 7 };

  it.each<[string, Respond]>([
    ['is too long', (r) => void begin(r).end('x'.repeat(70_000))],
    ['is cut off', (r) => void begin(r).write('{', () => r.destroy())],
    ['does not come', (r) => void begin(r).write('{')],
  ])('is what its status says when its body %s', async (_name, respond) => {
    await expect(send(respond)).rejects.toMatchObject(limited);
  });

  it('gives way to a caller who leaves before its body has come', async () => {
    const controller = new AbortController();
    const gone = new GatewayError('client_disconnected', 'gone');
    const respond: Respond = (r) => void begin(r).write('{', () => setTimeout(() => controller.abort(gone), 50));
    await expect(send(respond, { signal: controller.signal })).rejects.toBe(gone);
  });
});

describe('a stream', () => {
  it('is one whatever the case of its media type', async () => {
    const answer = await send(
      (r) => void r.setHeader('Content-Type', 'Text/Event-Stream; charset=UTF-8').end(frame('one', true)),
    );
    expect((await collect(answer)).map(({ text }) => text)).toEqual(['one']);
  });

  it('is decoded chunk by chunk', async () => {
    const answer = await send(stream((r) => void r.end(frame('one', false) + frame('two', true))));
    expect((await collect(answer)).map(({ text, isEnd }) => [text, isEnd])).toEqual([
      ['one', false],
      ['two', true],
    ]);
  });

  it('is the same however its bytes are cut', async () => {
    const bytes = Buffer.from(frame('数据🎉', false) + frame('end', true));
    const answer = await send(
      stream((r) => {
        const writeFrom = (index: number): void => {
          if (index === bytes.length) r.end();
          else r.write(bytes.subarray(index, index + 1), () => setImmediate(writeFrom, index + 1));
        };
        writeFrom(0);
      }),
    );
    expect((await collect(answer)).map(({ text }) => text)).toEqual(['数据🎉', 'end']);
  });

  it('resolves with the first event, before the others have come', async () => {
    let finish = (): void => undefined;
    const answer = await send(
      stream((r) => {
        r.write(frame('one', false));
        finish = () => void r.end(frame('two', true));
      }),
    );
    finish();
    expect(await collect(answer)).toHaveLength(2);
  });

  it.each<[string, Respond, string]>([
    ['an error as JSON body', json({ error_code: 336003, error_msg: 'bad' }), 'invalid_parameter'],
    [
      'an error as first event',
      stream((r) => void r.end('data: {"error_code":336100,"error_msg":"busy"}\n\n')),
      'high_load',
    ],
    ['an error as bare line', stream((r) => void r.end('{"error_code":336100,"error_msg":"busy"}\n')), 'high_load'],
    ['an end without events', stream((r) => void r.end()), 'upstream_truncated'],
    ['nothing but comments', stream((r) => void r.end(': ping\n\n: ping\n\n')), 'upstream_truncated'],
    [
      'a break before the first event',
      stream((r) => void r.write('data: {"re', () => r.destroy())),
      'upstream_unreachable',
    ],
    ['an event that is not JSON', stream((r) => void r.end('data: secret\n\n')), 'upstream_invalid_response'],
  ])('rejects before the first chunk on %s', async (_name, respond, code) => {
    await expect(send(respond)).rejects.toMatchObject({ code });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['an end without is_end', (r) => void r.end(frame('one', false)), 'upstream_truncated'],
    [
      'an end in the middle of a frame',
      (r) => void r.end(frame('one', false) + frame('two', true).slice(0, 30)),
      'upstream_truncated',
    ],
    [
      'a broken connection',
      (r) => void r.write(frame('one', false), () => setTimeout(() => r.destroy(), 5)),
      'upstream_truncated',
    ],
    [
      'an error event',
      (r) => void r.end(`${frame('one', false)}data: {"error_code":336000,"error_msg":"died"}\n\n`),
      'internal_error',
    ],
  ])('fails after the first chunk on %s', async (_name, write, code) => {
    const answer = await send(stream(write));
    const seen: string[] = [];
    const failure = (async () => {
      for await (const chunk of answer.kind === 'stream' ? answer.chunks : []) seen.push(chunk.text);
    })();
    await expect(failure).rejects.toMatchObject({ code });
    expect(seen).toEqual(['one']);
  });

  it('is complete at is_end, whatever follows or fails to follow', async () => {
    const answer = await send(stream((r) => void r.write(`${frame('all', true)}data: [DONE]\n\n`)));
    expect((await collect(answer)).map(({ text }) => text)).toEqual(['all']);
  });

  it('cancels the upstream request when the iteration is left early', async () => {
    let closed: Promise<unknown> | undefined;
    const answer = await send(
      stream((r) => {
        closed = once(r, 'close');
        r.write(frame('one', false));
      }),
    );
    for await (const chunk of answer.kind === 'stream' ? answer.chunks : []) {
      expect(chunk.text).toBe('one');
      break;
    }
    await closed;
  });
});

describe('silence', () => {
  it.each<[string, Respond]>([
    ['before the response head', () => undefined],
    ['before the first event', stream((r) => r.flushHeaders())],
    ['in the middle of a body', (r) => void r.writeHead(200, { 'Content-Length': 9 }).write('{')],
  ])('ends the attempt with upstream_timeout when it comes %s', async (_name, respond) => {
    await expect(send(respond, { firstEventTimeoutMs: 30 })).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('ends a stream with upstream_idle_timeout when it comes between events', async () => {
    const answer = await send(
      stream((r) => void r.write(frame('one', false))),
      { idleTimeoutMs: 60 },
    );
    await expect(collect(answer)).rejects.toMatchObject({
      code: 'upstream_idle_timeout',
      message: 'The upstream was silent for 0.06 s in the middle of the stream',
    });
  });

  describe.each([
    ['comments', ': ping\n\n'],
    ['an endless line', 'data: {"result":"'],
    ['events without data', 'event: ping\nid: 1\n\n'],
  ])('is not broken by %s', (_name, bytes) => {
    const drip = (first: string): { respond: Respond; stop: () => void } => {
      let timer: NodeJS.Timeout | undefined;
      const respond = stream((r) => {
        r.write(first);
        timer = setInterval(() => r.write(bytes), 5);
      });
      return { respond, stop: () => clearInterval(timer) };
    };

    it('before the first event', async () => {
      const { respond, stop } = drip(': begin\n\n');
      await expect(send(respond, { firstEventTimeoutMs: 60 })).rejects.toMatchObject({ code: 'upstream_timeout' });
      stop();
    });

    it('between events', async () => {
      const { respond, stop } = drip(frame('one', false));
      const answer = await send(respond, { idleTimeoutMs: 60 });
      await expect(collect(answer)).rejects.toMatchObject({ code: 'upstream_idle_timeout' });
      stop();
    });
  });

  it('is not the dripping of a body that is no stream: the whole of it has to come in time', async () => {
    let timer: NodeJS.Timeout | undefined;
    const respond: Respond = (r) => {
      r.writeHead(200, { 'Content-Type': 'application/json' });
      timer = setInterval(() => r.write(' '), 5);
    };
    await expect(send(respond, { firstEventTimeoutMs: 60 })).rejects.toMatchObject({ code: 'upstream_timeout' });
    clearInterval(timer);
  });

  describe('that the deadline ends', () => {
    const late = new GatewayError('deadline_exceeded', 'late');
    const silent = {
      code: 'upstream_timeout',
      message: expect.stringMatching(/^The upstream was silent for 0\.\d+ s$/),
    };
    const reach = (afterMs: number): AbortSignal => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(late), afterMs);
      return controller.signal;
    };

    it('is told as the cause when it was long', async () => {
      const sending = send(() => undefined, { tellingSilenceMs: 20, signal: reach(60) });
      const error: unknown = await sending.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'deadline_exceeded', message: 'late' });
      expect((error as Error).cause).toMatchObject(silent);
    });

    it('is not told when it was short', async () => {
      await expect(send(() => undefined, { signal: reach(60) })).rejects.toBe(late);
    });

    it('is not told after the first event', async () => {
      const respond = stream((r) => void r.write(frame('one', false)));
      const answer = await send(respond, { tellingSilenceMs: 0, signal: reach(100) });
      await expect(collect(answer)).rejects.toBe(late);
    });

    it('is no reason for a caller to leave', async () => {
      const controller = new AbortController();
      const gone = new GatewayError('client_disconnected', 'gone');
      setTimeout(() => controller.abort(gone), 60);
      const sending = send(() => undefined, { tellingSilenceMs: 20, signal: controller.signal });
      await expect(sending).rejects.toBe(gone);
    });
  });

  it('is not the time the reader takes', async () => {
    const answer = await send(
      stream((r) => void r.end(frame('one', false) + frame('two', true))),
      { idleTimeoutMs: 40 },
    );
    const texts: string[] = [];
    for await (const chunk of answer.kind === 'stream' ? answer.chunks : []) {
      texts.push(chunk.text);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    expect(texts).toEqual(['one', 'two']);
  });
});

describe("the caller's signal", () => {
  const gone = new GatewayError('client_disconnected', 'gone');

  it.each<[string, Respond]>([
    ['before the response head', () => undefined],
    ['before the first event', stream((r) => r.flushHeaders())],
  ])('ends the upstream request %s', async (_name, respond) => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    const sending = send(
      (response, count) => {
        closed = once(response, 'close');
        respond(response, count);
        controller.abort(gone);
      },
      { signal: controller.signal },
    );
    await expect(sending).rejects.toBe(gone);
    await closed;
  });

  it('ends the upstream request in the middle of the stream', async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    const respond = stream((r) => {
      closed = once(r, 'close');
      r.write(frame('one', false));
    });
    const answer = await send(respond, { signal: controller.signal });
    const collecting = collect(answer);
    controller.abort(gone);
    await expect(collecting).rejects.toBe(gone);
    await closed;
  });
});
