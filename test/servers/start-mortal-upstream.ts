// An upstream of both dialects that continues one text wherever a prompt breaks off, and dies as often as it is told.
import type { ServerResponse } from 'node:http';
import { startHttpServer } from './start-http-server.ts';
import type { TestServer } from './start-http-server.ts';

export interface MortalUpstream extends TestServer {
  /** The text that every prompt is continued with, or the rest of it if the prompt ends with its beginning. */
  readonly text: string;
  /** The next so many streams die, each after three words. */
  dieNext(times: number): void;
}

/** A prompt of one token. */
export const mortalPrompt = 'Count:';
const words = Array.from({ length: 14 }, (_, index) => ` word${index}`);
const text = words.join('');
const wordsOfALife = 3;

/** Starts it. A token is a word. V1 counts in every frame, the other dialect at the end. */
export async function startMortalUpstream(): Promise<MortalUpstream> {
  let deaths = 0;
  const server = await startHttpServer(({ url, body }, response, count) => {
    const { prompt } = JSON.parse(body) as { prompt: string };
    const rest = text.slice(countWritten(prompt)).split(/(?= )/);
    const promptTokens = prompt.split(' ').length;
    const isDying = deaths > 0;
    if (isDying) deaths -= 1;
    const frames = url.pathname.startsWith('/rpc/')
      ? writeV1(rest, promptTokens, count)
      : writeOpenAi(rest, promptTokens, count);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (isDying) die(response, frames.slice(0, wordsOfALife));
    else response.end(frames.join(''));
  });
  return { ...server, text, dieNext: (times) => (deaths = times) };
}

/** How much of the text stands at the end of a prompt. */
function countWritten(prompt: string): number {
  let length = text.length;
  while (!prompt.endsWith(text.slice(0, length))) length -= 1;
  return length;
}

function die(response: ServerResponse, frames: readonly string[]): void {
  response.write(frames.join(''), () => response.destroy());
}

const writeFrame = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

function writeV1(rest: readonly string[], promptTokens: number, count: number): string[] {
  return rest.map((result, index) => {
    const usage = { prompt_tokens: promptTokens, completion_tokens: 1, total_tokens: promptTokens + index + 1 };
    const isEnd = index === rest.length - 1;
    const head = { id: `as-${count}`, object: 'completion', created: count, sentence_id: index };
    return writeFrame({ ...head, is_end: isEnd, result, is_safe: 1, usage });
  });
}

function writeOpenAi(rest: readonly string[], promptTokens: number, count: number): string[] {
  const head = { id: `cmpl-${count}`, object: 'text_completion', created: count, model: 'm' };
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: rest.length,
    total_tokens: promptTokens + rest.length,
  };
  return [
    ...rest.map((piece) => writeFrame({ ...head, choices: [{ text: piece, index: 0, finish_reason: null }] })),
    writeFrame({ ...head, choices: [{ text: '', index: 0, finish_reason: 'stop' }] }),
    writeFrame({ ...head, choices: [], usage }),
    'data: [DONE]\n\n',
  ];
}
