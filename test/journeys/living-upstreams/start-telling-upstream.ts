// An upstream that answers each request with the bytes that a test has told it, whatever they are.
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

export interface ToldAnswer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: the content type of the body's own form. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, or its pieces with pauses between them. */
  readonly body: string | readonly string[];
  /** Between the pieces. Default: 0. */
  readonly pauseMs?: number;
}

export interface TellingUpstream extends TestServer {
  /** Begins anew: the answers to the next requests in their order; the last one serves all that follow. */
  tell(...answers: readonly ToldAnswer[]): void;
  /** The bodies received since then. */
  readonly asked: () => readonly Readonly<Record<string, unknown>>[];
}

/** Starts it. Until it is told anything it answers 500. */
export async function startTellingUpstream(): Promise<TellingUpstream> {
  let told: readonly ToldAnswer[] = [];
  let before = 0;
  const server = await startHttpServer((_request, response, count) => {
    const { status = 200, headers, body, pauseMs = 0 } = told[Math.min(count - before, told.length) - 1] ?? unknown;
    const pieces = [body].flat();
    const type = /^(?:data|event|error|:)/.test(pieces[0] ?? '') ? 'text/event-stream' : 'application/json';
    response.writeHead(status, headers ?? { 'Content-Type': type });
    const send = (index: number): void => {
      if (response.destroyed) return;
      if (index === pieces.length) return void response.end();
      response.write(pieces[index]);
      setTimeout(() => send(index + 1), pauseMs);
    };
    send(0);
  });
  return {
    ...server,
    tell: (...answers) => {
      told = answers;
      before = server.requests.length;
    },
    asked: () => server.requests.slice(before).map(({ body }) => JSON.parse(body) as Record<string, unknown>),
  };
}

const unknown: ToldAnswer = { status: 500, body: '' };
