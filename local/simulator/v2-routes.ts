// The V2 routes, which speak OpenAI's protocol: completions, chat completions and the models.
import { completionModels } from '../../lib/core/models.ts';
import { authenticateBearer } from './authenticate-bearer.ts';
import { isProblem } from './body-checks.ts';
import { sendError } from './dialect.ts';
import { receiveBody, sendJson } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { generateAnswer } from './generate-answer.ts';
import { maxBodyBytes, serveCompletion } from './serve-completion.ts';
import type { Simulation } from './simulation.ts';
import { v2Dialect } from './v2-dialect.ts';
import { createV2Format } from './v2-format.ts';
import { validateV2Body } from './validate-v2-body.ts';
import type { AnswerKind } from './validate-v2-body.ts';

/** The only model that does not exist. Every other name counts as a model or a custom service. */
const missingModel = 'no_such_model';

/** Answers `/v2/completions`, and `/v1/completions` as other OpenAI-compatible servers have it. */
export async function handleV2Completion(exchange: Exchange, simulation: Simulation): Promise<void> {
  await answerModelCall(exchange, simulation, 'text');
}

/** Answers `/v2/chat/completions` and `/v1/chat/completions`. The texts of the messages together are the prompt. */
export async function handleV2Chat(exchange: Exchange, simulation: Simulation): Promise<void> {
  await answerModelCall(exchange, simulation, 'chat');
}

/** Answers `/v2/models` and `/v1/models` with the eleven models, whose ids are their names in lower case. */
export function handleV2Models(exchange: Exchange, simulation: Simulation): void {
  if (authenticateBearer(exchange, simulation).kind === 'refused') return sendError(exchange, v2Dialect, 14);
  const created = Math.floor(simulation.now() / 1000);
  const data = completionModels.map(({ name }) => ({
    id: name.toLowerCase(),
    object: 'model',
    created,
    owned_by: 'simulator',
  }));
  sendJson(exchange, 200, { object: 'list', data });
}

async function answerModelCall(exchange: Exchange, simulation: Simulation, kind: AnswerKind): Promise<void> {
  simulation.stats.openaiRequests += 1;
  const refuse = (errorCode: number, message?: string): void => sendError(exchange, v2Dialect, errorCode, message);
  const bytes = await receiveBody(exchange, maxBodyBytes);
  const caller = authenticateBearer(exchange, simulation);
  if (caller.kind === 'refused') return refuse(14);
  if (bytes === undefined) return refuse(336007, `the body must have at most ${maxBodyBytes} bytes`);
  const body = validateV2Body(bytes, kind);
  if (isProblem(body)) return refuse(body.errorCode, body.message);
  if (body.model === missingModel) return refuse(336005);

  await serveCompletion(exchange, simulation, {
    dialect: v2Dialect,
    stream: body.stream,
    prompts: body.prompts,
    revokeToken: caller.kind === 'token' ? () => simulation.bearerTokens.revoke(caller.token) : undefined,
    createFormat(prompts, faults) {
      const answer = generateAnswer({ ...body, prompts, keepsStop: false, faults });
      const createdSeconds = Math.floor(simulation.now() / 1000);
      return createV2Format(answer, { kind, body, faults, createdSeconds });
    },
  });
}
