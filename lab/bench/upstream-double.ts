// Stands in for both upstreams: sends fixed answers as fast as Node.js can.
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { createPlainAnswer, createStreamAnswer } from './fixtures.ts';
import type { Dialect } from './fixtures.ts';

const answers: Readonly<Record<Dialect, { readonly plain: Buffer; readonly events: readonly Buffer[] }>> = {
  openai: prepare('openai'),
  v1: prepare('v1'),
};

/** What Baidu's token endpoint would say. */
const token = Buffer.from(JSON.stringify({ access_token: '24.bench-token', expires_in: 2_592_000, scope: 'public' }));

/**
 * Creates the server. It serves `POST /v1/completions`, `POST /rpc/…/completions/{endpoint}` and `/oauth/2.0/token`,
 * and checks neither bodies nor credentials. The events of a stream are written one after the other without a gap.
 */
export function createUpstreamDouble(): Server {
  return createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => answer(request.url ?? '', body, response));
  });
}

function answer(url: string, body: string, response: ServerResponse): void {
  if (url.startsWith('/oauth/')) return sendJson(response, token);
  const dialect = url.startsWith('/rpc/') ? 'v1' : url.startsWith('/v1/completions') ? 'openai' : undefined;
  if (dialect === undefined) return void response.writeHead(404).end();
  const { plain, events } = answers[dialect];
  if (!body.includes('"stream":true')) return sendJson(response, plain);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const event of events) response.write(event);
  response.end();
}

function sendJson(response: ServerResponse, json: Buffer): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': json.length }).end(json);
}

function prepare(dialect: Dialect) {
  return {
    plain: Buffer.from(createPlainAnswer(dialect)),
    events: createStreamAnswer(dialect).map((event) => Buffer.from(event)),
  };
}
