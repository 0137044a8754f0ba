// Lines of OpenAI's Batch API, as messages of the request queue and of the results queue.
import * as z from 'zod/mini';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { allowedMessageId, encodeMessageBody, messageIdSchema, readMessageId } from '../message-body.ts';
import { decodeCompletionsBody } from './completions-request.ts';
import type { CompletionsRequest } from './completions-request.ts';
import { describeIssues } from '../request-body.ts';
import type { AllowedValues } from '../request-body.ts';

/** A line of a Batch input file (https://platform.openai.com/docs/api-reference/batch/request-input). */
export interface BatchMessage {
  readonly form: 'batch';
  /** The `custom_id`; undefined when it could not be read. */
  readonly id: string | undefined;
  /** What is asked for, always to be answered whole, or what is wrong with it. */
  readonly content: CompletionsRequest | GatewayError;
}

/**
 * How many texts one line may ask for: prompts × n. They are asked for one after the other, and all of them must be
 * written within one invocation of the worker: what is not answered then starts over, and is charged again.
 */
export const maxBatchTexts = 10;

const urls = ['/v1/completions', '/v2/completions'];

/** What stands around the body. OpenAI asks for all four fields, too. */
const lineSchema = z.object({
  custom_id: messageIdSchema,
  method: z.string().check(z.refine((method) => method === 'POST')),
  url: z.string().check(z.refine((url) => urls.includes(url))),
  body: z.record(z.string(), z.unknown()),
});

const allowed: AllowedValues = {
  custom_id: allowedMessageId,
  method: 'POST',
  url: urls.join(' or '),
  body: `an object, the body of a request to ${urls.join(' or ')}`,
};

/** Whether an object is meant as a Batch line: it has a `custom_id`, or a `url` and a `body`. Null means "not set". */
export function isBatchLine(value: Readonly<Record<string, unknown>>): boolean {
  const isSet = (name: string): boolean => value[name] !== undefined && value[name] !== null;
  return isSet('custom_id') || (isSet('url') && isSet('body'));
}

/**
 * Reads a Batch line. Never throws: a line that cannot be served has the error as its content. Faults around the
 * body are reported before faults in it, because the body of another method or URL has other fields.
 */
export function decodeBatchLine(value: Readonly<Record<string, unknown>>): BatchMessage {
  return { form: 'batch', id: readMessageId(value['custom_id']), content: decodeContent(value) };
}

function decodeContent(value: Readonly<Record<string, unknown>>): BatchMessage['content'] {
  try {
    const line = lineSchema.safeParse(value);
    if (!line.success) return describeIssues(line.error.issues, value, allowed);
    const { body } = line.data;
    const texts = countTexts(body);
    if (texts > maxBatchTexts) {
      const message = `prompts × n is ${texts}, and one line may ask for ${maxBatchTexts} texts at most; split the line`;
      return new GatewayError('invalid_parameter', message, {
        parameter: Array.isArray(body['prompt']) ? 'prompt' : 'n',
      });
    }
    return { ...decodeCompletionsBody(body), stream: false };
  } catch (error) {
    return toGatewayError(error);
  }
}

/** Counted before the body is decoded, so that the error names the limit of a line and not that of an HTTP request. */
function countTexts({ prompt, n }: Readonly<Record<string, unknown>>): number {
  // An array of numbers is one prompt of token ids.
  const prompts = Array.isArray(prompt) && !prompt.some((item) => typeof item === 'number') ? prompt.length : 1;
  return prompts * (Number.isInteger(n) ? Number(n) : 1);
}

/**
 * One line of a Batch output file (https://platform.openai.com/docs/api-reference/batch/request-output), without the
 * line's end. `error` is null for a failed request as well: it had an answer, and the answer has the error.
 *
 * @param status The HTTP status of the answer.
 * @param bodyJson The answer's body, a JSON text.
 */
export function encodeBatchOutput(customId: string, requestId: string, status: number, bodyJson: string): string {
  return encodeMessageBody({
    id: `batch_req_${requestId}`,
    custom_id: customId,
    response: { status_code: status, request_id: requestId, body: JSON.parse(bodyJson) as unknown },
    error: null,
  });
}
