// The V1 completion route: authenticates, validates and answers.
import { authenticateV1 } from './authenticate-v1.ts';
import { isProblem } from './body-checks.ts';
import { sendError } from './dialect.ts';
import { receiveBody } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { generateAnswer } from './generate-answer.ts';
import { maxBodyBytes, serveCompletion } from './serve-completion.ts';
import type { Simulation } from './simulation.ts';
import { v1Dialect } from './v1-dialect.ts';
import { createV1Format } from './v1-format.ts';
import { validateBody } from './validate-body.ts';

/** The only endpoint that does not exist. Every other name counts as a custom service. */
const missingEndpoint = 'no_such_api';

/** Answers `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}`. */
export async function handleCompletion(exchange: Exchange, simulation: Simulation, endpoint: string): Promise<void> {
  simulation.stats.completionRequests += 1;
  const refuse = (errorCode: number, message?: string): void => sendError(exchange, v1Dialect, errorCode, message);
  const bytes = await receiveBody(exchange, maxBodyBytes);
  if (simulation.v1.isGone) return refuse(3);
  const caller = authenticateV1(exchange, simulation);
  if (caller.kind === 'refused') return refuse(caller.errorCode);
  if (endpoint === missingEndpoint) return refuse(336005);
  if (bytes === undefined) return refuse(336007, `the body must have at most ${maxBodyBytes} bytes`);
  const body = validateBody(bytes);
  if (isProblem(body)) return refuse(body.errorCode, body.message);

  await serveCompletion(exchange, simulation, {
    dialect: v1Dialect,
    stream: body.stream,
    prompts: [body.prompt],
    revokeToken: caller.kind === 'token' ? () => simulation.tokens.revoke(caller.token) : undefined,
    createFormat(prompts, faults) {
      const { stop, maxOutputTokens: maxTokens } = body;
      const answer = generateAnswer({ model: endpoint, prompts, stop, keepsStop: true, maxTokens, faults });
      return createV1Format(answer, faults, simulation.now);
    },
  });
}
