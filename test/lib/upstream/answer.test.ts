import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { systemClock } from '../../../lib/core/clock.ts';
import type { CompletionChunk } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { attempt } from '../../../lib/upstream/attempt.ts';
import { createV1Reader } from '../../../lib/dialects/qianfan-v1/answer-reader.ts';
import { qianfanV1CompletionsUpstream } from '../../../lib/dialects/qianfan-v1/completions.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Respond = (response: ServerResponse, count: number) => void;

/** Nothing here waits for a silence; see exchange-silence.test.ts. */
const silence = { firstEventTimeoutMs: 10_000, idleTimeoutMs: 10_000, textTimeoutMs: 10_000 };

function sendTo(url: string, signal = new AbortController().signal): Promise<Answer> {
  const request = { method: 'POST', url: new URL(url), headers: {}, body: '{}' } as const;
  return attempt({ transport: createTransport(), silence, clock: systemClock }, request, {
    codec: qianfanV1CompletionsUpstream,
    reader: createV1Reader({}),
    signal,
    explain: (error) => error,
    onEnd: () => undefined,
  });
}

async function send(respond: Respond, signal?: AbortSignal): Promise<Answer> {
  server = await startHttpServer((_request, response, count) => respond(response, count));
  return sendTo(server.url, signal);
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
      kind: 'whole',
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
    expect(await send(respondWith(limit))).toMatchObject({ kind: 'whole' });
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
    await expect(sendTo(url)).rejects.toMatchObject({
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
    await expect(send(respond, controller.signal)).rejects.toBe(gone);
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

describe("the caller's signal", () => {
  const gone = new GatewayError('client_disconnected', 'gone');

  it.each<[string, Respond]>([
    ['before the response head', () => undefined],
    ['before the first event', stream((r) => r.flushHeaders())],
  ])('ends the upstream request %s', async (_name, respond) => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    const sending = send((response, count) => {
      closed = once(response, 'close');
      respond(response, count);
      controller.abort(gone);
    }, controller.signal);
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
    const answer = await send(respond, controller.signal);
    const collecting = collect(answer);
    controller.abort(gone);
    await expect(collecting).rejects.toBe(gone);
    await closed;
  });
});

describe('what a body is', () => {
  const labelled =
    (contentType: string | undefined, body: string): Respond =>
    (response) => {
      if (contentType !== undefined) response.setHeader('Content-Type', contentType);
      response.end(body);
    };
  const labels = ['application/json', 'text/plain', 'application/x-ndjson', 'text/event-stream', undefined];

  it.each(labels)('is a stream when it reads as one, labelled as %p', async (label) => {
    for (const start of ['', ': hello\n\n', 'event: message\n', '\ufeff', '\n\n']) {
      const answer = await send(labelled(label, start + frame('one', true)));
      expect((await collect(answer)).map(({ text }) => text)).toEqual(['one']);
      await server?.close();
    }
  });

  it.each(labels)('is whole when it is JSON, labelled as %p', async (label) => {
    for (const start of ['', ' \n', '\n\n']) {
      const answer = await send(labelled(label, `${start}{"result":"one"}`));
      expect(answer).toMatchObject({ kind: 'whole', completion: { text: 'one' } });
      await server?.close();
    }
  });

  it.each(labels)('is an error when it reports one, labelled as %p', async (label) => {
    const error = '{"error_code":336100,"error_msg":"busy"}';
    for (const body of [error, `data: ${error}\n\n`]) {
      await expect(send(labelled(label, body))).rejects.toMatchObject({ code: 'high_load', message: 'busy' });
      await server?.close();
    }
  });
});
