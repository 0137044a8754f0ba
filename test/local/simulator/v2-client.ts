// A client of the V2 side for the tests of the simulator.
import type { Simulator } from '../../../local/simulator/server.ts';
import { apiKey, ask, splitFrames } from './simulator-client.ts';
import type { Answer, Frame, Question } from './simulator-client.ts';

export interface V2Question extends Omit<Question, 'body'> {
  /** Default: /v2/completions. */
  readonly path?: string;
  readonly body: object | string;
}

/** Asks the V2 side with the API key. */
export async function askV2(
  simulator: Simulator,
  { path = '/v2/completions', headers, body, ...rest }: V2Question,
): Promise<Answer> {
  return ask(`${simulator.url}${path}`, {
    ...rest,
    headers: { Authorization: `Bearer ${apiKey}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export interface V2Answer {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly text?: string;
    readonly message?: { readonly role: string; readonly content: string };
    readonly delta?: { readonly role?: string; readonly content?: string };
    readonly index: number;
    readonly logprobs: null;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Frame['usage'] | null;
}

export interface V2Stream {
  readonly chunks: readonly V2Answer[];
  readonly isDone: boolean;
  /** The text of the first choice. */
  readonly text: string;
  readonly finishReasons: readonly (string | null | undefined)[];
}

/** A V2 stream whose every byte belongs to a frame; only the last may be [DONE]. */
export function readV2Stream(stream: string): V2Stream {
  const frames = [...splitFrames(stream)];
  const isDone = frames.at(-1) === '[DONE]';
  if (isDone) frames.pop();
  const chunks = frames.map((data) => JSON.parse(data) as V2Answer);
  const first = chunks.map(({ choices }) => choices?.find(({ index }) => index === 0));
  return {
    chunks,
    isDone,
    text: first.map((choice) => choice?.text ?? choice?.delta?.content ?? '').join(''),
    finishReasons: first.map((choice) => choice?.finish_reason),
  };
}

export interface V2Error {
  readonly code: string;
  readonly message: string;
  readonly type: string;
}

/** The error that an answer in one piece is. */
export function readError({ text }: Answer): V2Error {
  return (JSON.parse(text) as { error: V2Error }).error;
}
