// A Qianfan V1 whose streams go on only when a test says so.
import type { ServerResponse } from 'node:http';
import { startHttpServer } from '../servers/start-http-server.ts';

export interface HeldUpstream {
  readonly url: string;
  /** Resolves with the answer to the next request, whose head has been sent. */
  nextAnswer(): Promise<HeldAnswer>;
  close(): Promise<void>;
}

export interface HeldAnswer {
  /** Sends a frame. Resolves when the connection takes more. */
  sendFrame(text: string, isEnd?: boolean): Promise<void>;
  end(): void;
  /** Ends the connection without ending the answer. */
  cut(): void;
  /** Resolves when the other side has closed the connection, or the answer has ended. */
  readonly closed: Promise<void>;
}

export async function startHeldUpstream(): Promise<HeldUpstream> {
  const answers: HeldAnswer[] = [];
  const waiting: ((answer: HeldAnswer) => void)[] = [];
  const server = await startHttpServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    const answer = holdAnswer(response);
    const taker = waiting.shift();
    if (taker === undefined) answers.push(answer);
    else taker(answer);
  });
  return {
    url: server.url,
    nextAnswer: async () => {
      const answer = answers.shift();
      return answer ?? new Promise((resolve) => void waiting.push(resolve));
    },
    close: () => server.close(),
  };
}

function holdAnswer(response: ServerResponse): HeldAnswer {
  let sentenceId = -1;
  const closed = Promise.withResolvers<void>();
  response.once('close', () => closed.resolve());
  return {
    sendFrame: async (text, isEnd = false) => {
      sentenceId += 1;
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: sentenceId + 2 };
      const head = { id: 'as-held', object: 'completion', created: 1_767_225_600, sentence_id: sentenceId };
      const frame = { ...head, is_end: isEnd, result: text, is_safe: 1, usage };
      if (response.write(`data: ${JSON.stringify(frame)}\n\n`)) return;
      await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed.promise]);
    },
    end: () => void response.end(),
    cut: () => void response.destroy(),
    closed: closed.promise,
  };
}
