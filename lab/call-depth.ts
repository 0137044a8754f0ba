// Prints how deep the code stands around one request: the functions between a route's handler and the transport, and the
// iterators around one chunk of a stream. Both are read from real stack traces, of a stream with every guard in its way.
import diagnosticsChannel from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createGatewayOptions } from '../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../lib/config/read-config.ts';
import { createGateway } from '../lib/gateway/gateway.ts';

const library = fileURLToPath(new URL('../lib/', import.meta.url));
const markedText = 'the second piece';

interface Frame {
  readonly name: string;
  /** Below lib/. */
  readonly place: string;
}

/** The frames of our own, the innermost first. Those of Node.js and of this file are left out. */
function readFrames(): readonly Frame[] {
  const lines = (new Error('trace').stack ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, name = '(anonymous)', file = ''] =
      /^\s+at (?:async )?(?:(.+?) \()?file:\/\/(.+?):\d+:\d+\)?$/.exec(line) ?? [];
    return file.startsWith(library) ? [{ name, place: file.slice(library.length) }] : [];
  });
}

function show(title: string, frames: readonly Frame[]): void {
  console.log(`${title}: ${frames.length}`);
  for (const { name, place } of frames.toReversed()) console.log(`  ${place}  ${name}`);
}

/** Answers with a stream of two pieces. */
const upstream = createServer((request, response) => {
  const write = (choice: object): unknown => response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  request.resume().once('end', () => {
    response.setHeader('Content-Type', 'text/event-stream');
    write({ text: 'the first piece, ', finish_reason: null });
    setTimeout(() => {
      write({ text: markedText, finish_reason: 'stop' });
      response.end('data: [DONE]\n\n');
    }, 20);
  });
});
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const { port } = upstream.address() as AddressInfo;

const config = readCompletionConfig({
  UPSTREAM: 'openai',
  OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
  OPENAI_KEY_SECRET_ID: 'key',
  CLIENTS_SECRET_ID: 'clients',
  STREAM_RESCUE: '1',
  LOG_LEVEL: 'error',
});
const client = { id: 'demo', secret: 'demo-secret' };
const gateway = createGateway(
  createGatewayOptions(config, {
    read: async (id) => ({ value: id === 'clients' ? [client] : { OPENAI_API_KEY: 'key' }, version: '1' }),
    write: async () => '1',
  }),
);

Error.stackTraceLimit = 100;
diagnosticsChannel.subscribe('http.client.request.created', () => {
  const frames = readFrames();
  const transport = frames.findLastIndex(({ place }) => place.startsWith('http-client/'));
  const route = frames.findIndex(
    ({ place, name }) => place === 'gateway/completion-route.ts' && name.endsWith('handle'),
  );
  show('functions from the handler of the route to the transport', frames.slice(transport + 1, route + 1));
});
const parse = JSON.parse;
JSON.parse = (text, reviver) => {
  if (text.includes(markedText)) {
    const frames = readFrames();
    const reader = frames.findIndex(({ place }) => place === 'upstream/answer.ts');
    show('iterators around a chunk, rescue included', frames.slice(reader));
  }
  return parse(text, reviver) as unknown;
};

const response = await gateway(
  {
    method: 'POST',
    path: '/v1/completions',
    query: [],
    headers: { authorization: `Bearer ${client.secret}` },
    body: Buffer.from(JSON.stringify({ model: 'any', prompt: 'a prompt', stream: true })),
    requestId: 'call-depth',
  },
  { signal: AbortSignal.timeout(10_000), deadlineMs: Date.now() + 10_000 },
);
if (typeof response.body !== 'string') for await (const piece of response.body) parse(JSON.stringify(piece));
upstream.close();
