// A Qianfan V1 that answers with texts of the test's making, over HTTP or HTTPS.
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { listenLocally, stopServer } from '../../local/http-server.ts';

export interface TextUpstream {
  readonly url: string;
  /** How often it has been asked. */
  requests(): number;
  close(): Promise<void>;
}

const pieceLength = 60_000;

/**
 * Starts it. It answers completions, to whoever asks, and nothing else. Below `/gzip` every answer that is not a stream is
 * compressed, although nobody asks for that.
 *
 * @param texts The answers, by prompt.
 * @param tls With it the upstream speaks HTTPS.
 */
export async function startTextUpstream(
  texts: ReadonlyMap<string, string>,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<TextUpstream> {
  let requests = 0;
  const answer: RequestListener = (request, response) => {
    const isCompressed = request.url?.startsWith('/gzip/') === true;
    const writeWhole = (status: number, value: object): void => {
      const body = Buffer.from(JSON.stringify(value));
      const coding = isCompressed ? { 'Content-Encoding': 'gzip' } : undefined;
      response.writeHead(status, { 'Content-Type': 'application/json', ...coding });
      response.end(isCompressed ? gzipSync(body) : body);
    };
    void (async () => {
      requests += 1;
      if (!request.url?.includes('/completions/')) {
        writeWhole(404, { error: 'not_found' });
        return;
      }
      const { prompt, stream } = JSON.parse(await readText(request)) as { prompt: string; stream?: boolean };
      const text = texts.get(prompt) ?? '';
      const head = { id: 'as-written', object: 'completion', created: 1_767_225_600 };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      if (stream !== true) {
        writeWhole(200, { ...head, result: text, is_truncated: false, is_safe: 1, usage });
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (let start = 0, id = 0; start === 0 || start < text.length; start += pieceLength, id += 1) {
        const result = text.slice(start, start + pieceLength);
        const frame = {
          ...head,
          sentence_id: id,
          is_end: start + pieceLength >= text.length,
          result,
          is_safe: 1,
          usage,
        };
        response.write(`data: ${JSON.stringify(frame)}\n\n`);
      }
      response.end();
    })();
  };
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  const url = await listenLocally(server, 0);
  return {
    url: tls === undefined ? url : url.replace('http:', 'https:'),
    requests: () => requests,
    close: () => stopServer(server, 0),
  };
}
