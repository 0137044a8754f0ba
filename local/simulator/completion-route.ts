// The completion route: who is calling, is the request right, and what is to come back.
import { answerCompletion } from './answer-completion.ts';
import { answerFault } from './answer-fault.ts';
import { authenticate } from './authenticate.ts';
import { readBody, sendError } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { keepSizes, parseFaults } from './faults.ts';
import type { Simulation } from './simulation.ts';
import { validateBody } from './validate-body.ts';

/** The one endpoint that does not exist; every other name is taken for that of a custom service. */
const missingEndpoint = 'no_such_api';
const maxBodyBytes = 4 * 1024 * 1024;

/** Answers `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}`. */
export async function handleCompletion(exchange: Exchange, simulation: Simulation, endpoint: string): Promise<void> {
  simulation.stats.completionRequests += 1;
  const bytes = await readBody(exchange, maxBodyBytes);
  const caller = authenticate(exchange, simulation);
  if (caller.kind === 'refused') return sendError(exchange, caller.errorCode);
  if (endpoint === missingEndpoint) return sendError(exchange, 336005);
  if (bytes === undefined) return sendError(exchange, 336007, `the body must have at most ${maxBodyBytes} bytes`);

  const body = validateBody(bytes);
  if ('errorCode' in body) return sendError(exchange, body.errorCode, body.message);
  const asked = parseFaults(body.prompt);
  if (typeof asked === 'string') return sendError(exchange, 336003, asked);

  const { times } = asked.faults;
  const isSpent = times !== undefined && !simulation.faultUses.take(body.prompt, times);
  const faults = isSpent ? keepSizes(asked.faults) : asked.faults;
  if (await answerFault(exchange, { faults, isStream: body.stream, caller, tokens: simulation.tokens })) return;
  const { frameDelayMs, now } = simulation;
  await answerCompletion(exchange, { ...body, endpoint, prompt: asked.prompt, faults, frameDelayMs, now });
}
