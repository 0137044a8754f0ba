// Answers a message: asks the upstream and encodes the result.
import { noteModel } from '../core/call-record.ts';
import { completeTexts } from '../core/complete-texts.ts';
import type { CompletionRequest, Upstream, UpstreamCall } from '../core/completion.ts';
import { errorTable, GatewayError, toGatewayError } from '../core/errors.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';
import { encodeBatchOutput } from '../dialects/openai/batch.ts';
import type { BatchMessage } from '../dialects/openai/batch.ts';
import { openAiCompletions } from '../dialects/openai/completions.ts';
import { encodeOpenAiError } from '../dialects/openai/error.ts';
import { encodeFailed, encodeSucceeded } from '../dialects/queue/message.ts';
import type { CompletionMessage, QueueMessage } from '../dialects/queue/message.ts';
import type { DeliveryRecord } from './delivery-record.ts';

export interface MessageOptions {
  readonly models: ModelCatalog;
  readonly upstream: Upstream;
}

/**
 * Answers a message and returns the body of its result. If the message itself is at fault, that is a failed result.
 *
 * @param id Names the result.
 * @param record Learns model, usage and error.
 * @throws GatewayError when the same message may be answered another time.
 */
export async function answerMessage(
  message: QueueMessage,
  id: string,
  call: UpstreamCall,
  record: DeliveryRecord,
  options: MessageOptions,
): Promise<string> {
  try {
    return message.form === 'batch'
      ? await answerBatchLine(message, id, call, record, options)
      : await answerCompletion(message, id, call, record, options);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    record.error = error;
    if (!isRefusal(error, findModel(message, options.models))) throw error;
    return message.form === 'batch'
      ? encodeBatchOutput(id, call.requestId, error.status, encodeOpenAiError(error))
      : encodeFailed(message, id, error);
  }
}

async function answerCompletion(
  message: CompletionMessage,
  id: string,
  call: UpstreamCall,
  record: DeliveryRecord,
  { models, upstream }: MessageOptions,
): Promise<string> {
  const { content } = message;
  if (content instanceof GatewayError) throw content;
  const model = models.resolve(content.model);
  noteModel(record, model);
  const completion = await upstream.complete({ model, ...content.parameters }, call);
  record.usage = completion.usage;
  return encodeSucceeded(message, id, completion);
}

async function answerBatchLine(
  message: BatchMessage,
  id: string,
  call: UpstreamCall,
  record: DeliveryRecord,
  { models, upstream }: MessageOptions,
): Promise<string> {
  const { content } = message;
  if (content instanceof GatewayError) throw content;
  const model = models.resolve(content.model);
  noteModel(record, model);
  const requests = content.texts.map((text): CompletionRequest => ({ model, ...text }));
  const completions = await completeTexts(requests, upstream, call, (usage) => (record.usage = usage));
  return encodeBatchOutput(id, call.requestId, 200, openAiCompletions.encodeWhole(content, completions));
}

function findModel({ content }: QueueMessage, models: ModelCatalog): ServedModel | undefined {
  return content instanceof GatewayError ? undefined : models.resolve(content.model);
}

/** `unsupported_method` refuses a message only if it names an endpoint that nobody knows. A known one may come back. */
function isRefusal({ code }: GatewayError, model: ServedModel | undefined): boolean {
  if (code === 'unsupported_method') return model?.isKnown === false;
  return errorTable[code].disposition === 'refused';
}
