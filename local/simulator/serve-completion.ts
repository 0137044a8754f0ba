// The part of a model call that both sides share: performs the requested faults, then answers.
import { answerCompletion } from './answer-completion.ts';
import type { AnswerFormat } from './answer-completion.ts';
import { answerFault } from './answer-fault.ts';
import { sendError } from './dialect.ts';
import type { Dialect } from './dialect.ts';
import type { Exchange } from './exchange.ts';
import { concerns, keepSizes, parseFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import type { Simulation } from './simulation.ts';

/** The most bytes of a body, on either side. */
export const maxBodyBytes = 4 * 1024 * 1024;

/** A model call, as its side has read it. */
export interface CompletionCall {
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** The prompts with their directives. */
  readonly prompts: readonly string[];
  /** Revokes the token of the request; undefined if the request has none. */
  readonly revokeToken: (() => void) | undefined;
  /** Writes the answer to the prompts without their directives. */
  createFormat(prompts: readonly string[], faults: Faults): AnswerFormat;
}

/** Answers a model call that is authenticated and valid. */
export async function serveCompletion(exchange: Exchange, simulation: Simulation, call: CompletionCall): Promise<void> {
  const { dialect, stream } = call;
  const prompts: string[] = [];
  let asked: Faults = {};
  for (const wanted of call.prompts) {
    const parsed = parseFaults(wanted);
    if (typeof parsed === 'string') return sendError(exchange, dialect, 336003, parsed);
    prompts.push(parsed.prompt);
    asked = { ...asked, ...parsed.faults };
  }
  const { times } = asked;
  const takeTurn = (): boolean => times === undefined || simulation.faultUses.take(call.prompts.join('\n'), times);
  const faults = concerns(asked, dialect.side) && takeTurn() ? asked : keepSizes(asked);
  if (await answerFault(exchange, { faults, isStream: stream, dialect, revokeToken: call.revokeToken })) return;
  const format = call.createFormat(prompts, faults);
  await answerCompletion(exchange, { format, stream, faults, frameDelayMs: simulation.frameDelayMs });
}
