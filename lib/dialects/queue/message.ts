// Decodes messages of the request queue and encodes messages of the results queue.
import * as z from 'zod/mini';
import type { Completion, CompletionRequest } from '../../core/completion.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { isJsonObject, parseExactJson } from '../../core/json.ts';
import { endpointPattern } from '../../core/models.ts';
import { allowedMessageId, encodeMessageBody, messageIdSchema, readMessageId } from '../message-body.ts';
import { decodeBatchLine, isBatchLine } from '../openai/batch.ts';
import type { BatchMessage } from '../openai/batch.ts';
import { allowedV1Values, readV1Fields, v1Fields, withPrompt } from '../qianfan-v1/completions-request.ts';
import { describeV1Completion } from '../qianfan-v1/answer-writer.ts';
import { describeIssues, parseRequestBody } from '../request-body.ts';
import type { AllowedValues } from '../request-body.ts';

/** What a message says, as far as it can be read. */
export type QueueMessage = CompletionMessage | BatchMessage;

/** A message in our own form: a V1 body with `id`, `model` or `endpoint`, and `metadata`. */
export interface CompletionMessage {
  readonly form: 'completion';
  /** Undefined when it could not be read. */
  readonly id: string | undefined;
  /**
   * Given back with the result as it is, null included, and each number to the digit ({@link parseExactJson}); undefined
   * when it is absent or cannot be given back.
   */
  readonly metadata: unknown;
  /** What is asked for, or what is wrong with it. */
  readonly content: CompletionContent | GatewayError;
}

export interface CompletionContent {
  /** A model's name or an endpoint, for the catalog to resolve. */
  readonly model: string;
  readonly parameters: Omit<CompletionRequest, 'model'>;
}

/** As in a request over HTTP. */
const longestModelName = 256;
/** Deeper than real data. Values that nest thousands of levels deep can be parsed but not written again. */
const maxMetadataLevels = 100;

const name = z.string().check(z.minLength(1));
/** Bounded, because the name appears in logs. */
const modelName = z.string().check(z.minLength(1), z.maxLength(longestModelName));
const optionalName = z.optional(z.nullable(name));
const optionalModelName = z.optional(z.nullable(modelName));

const endpointMessageSchema = z.object({
  ...v1Fields(),
  id: messageIdSchema,
  model: optionalModelName,
  endpoint: name,
});
const modelMessageSchema = z.object({ ...v1Fields(), id: messageIdSchema, model: modelName, endpoint: optionalName });

const allowed: AllowedValues = {
  ...allowedV1Values,
  id: allowedMessageId,
  model: `a model's name of at most ${longestModelName} characters, unless endpoint is given`,
  endpoint: 'the last part of an address of the V1 API, unless model is given',
};

/**
 * Reads a message in either form. Never throws: what cannot be read is a message whose content is the error. Limits
 * are those of the same request over HTTP, and `stream` is ignored. Errors are
 *
 * - `invalid_json` (336002); `invalid_argument` (336001) for a field that is missing or of the wrong type;
 * - `invalid_parameter` (336003) for a value out of range, for both of `model` and `endpoint`, and for metadata that
 *   nests more than 100 levels deep;
 * - `invalid_messages` (336006) for a conversation; `api_name_not_found` (336005) for what cannot be an endpoint;
 * - those of the OpenAI dialect in a Batch line.
 *
 * A message of an error names everything that is wrong, and shows no text.
 */
export function decodeQueueMessage(bodyText: string): QueueMessage {
  let body: Readonly<Record<string, unknown>>;
  try {
    body = parseRequestBody(bodyText);
  } catch (error) {
    return { form: 'completion', id: undefined, metadata: undefined, content: toGatewayError(error) };
  }
  if (isBatchLine(body)) return decodeBatchLine(body);
  const id = readMessageId(body['id']);
  try {
    return { form: 'completion', id, metadata: readMetadata(body, bodyText), content: decodeContent(body) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'The message nests some thousand levels deep, so metadata cannot be read to be given back';
    const content = new GatewayError('invalid_parameter', message, { parameter: 'metadata' });
    return { form: 'completion', id, metadata: undefined, content };
  }
}

/** Throws a RangeError when the message nests too deep for its numbers to be kept as they are. */
function readMetadata({ metadata }: Readonly<Record<string, unknown>>, bodyText: string): unknown {
  if (metadata === undefined || nestsTooDeep(metadata)) return undefined;
  const exact = parseExactJson(bodyText);
  return isJsonObject(exact) ? exact['metadata'] : undefined;
}

function decodeContent(body: Readonly<Record<string, unknown>>): CompletionContent | GatewayError {
  try {
    const asked = withPrompt(body);
    const parsed = (isSet(asked['endpoint']) ? endpointMessageSchema : modelMessageSchema).safeParse(asked);
    const faults = [...findTargetFaults(asked), ...findMetadataFaults(asked)];
    if (!parsed.success) return joinFaults(describeIssues(parsed.error.issues, asked, allowed), faults);
    const [fault, ...others] = faults;
    if (fault !== undefined) return joinFaults(fault, others);
    const { model, endpoint } = parsed.data;
    // One of them is there, or the schema would have said so.
    return { model: endpoint ?? model ?? '', parameters: readV1Fields(parsed.data).parameters };
  } catch (error) {
    return toGatewayError(error);
  }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Finds faults of `model` and `endpoint` that a schema of single fields cannot find. */
function findTargetFaults({ model, endpoint }: Readonly<Record<string, unknown>>): readonly GatewayError[] {
  if (isSet(model) && isSet(endpoint)) {
    const message = 'model and endpoint are both given; give one of them';
    return [new GatewayError('invalid_parameter', message, { parameter: 'endpoint' })];
  }
  if (typeof endpoint !== 'string' || endpoint === '' || endpointPattern.test(endpoint)) return [];
  const message = 'API name not exist: it has only letters, digits, _ and -';
  return [new GatewayError('api_name_not_found', message, { parameter: 'endpoint' })];
}

function findMetadataFaults({ metadata }: Readonly<Record<string, unknown>>): readonly GatewayError[] {
  if (!nestsTooDeep(metadata)) return [];
  const message = `metadata nests more than ${maxMetadataLevels} levels deep and cannot be given back`;
  return [new GatewayError('invalid_parameter', message, { parameter: 'metadata' })];
}

function nestsTooDeep(value: unknown): boolean {
  const isContainer = (item: unknown): item is object => typeof item === 'object' && item !== null;
  let containers = [value].filter(isContainer);
  for (let level = 0; level < maxMetadataLevels; level += 1) {
    containers = containers.flatMap((container): unknown[] => Object.values(container)).filter(isContainer);
  }
  return containers.length > 0;
}

/** Returns the first error, with the messages of all of them. */
function joinFaults(first: GatewayError, others: readonly GatewayError[]): GatewayError {
  const message = [first, ...others].map((fault) => fault.message).join('. ');
  return new GatewayError(first.code, message, first.parameter === undefined ? {} : { parameter: first.parameter });
}

/**
 * The result of a message that was answered: `{id, status, completion, metadata}`. `usage` is absent when the upstream
 * did not count, `metadata` when the message had none.
 *
 * @param id What the result is named when the message's own id could not be read: the MessageId of SQS.
 */
export function encodeSucceeded(message: CompletionMessage, id: string, completion: Completion): string {
  return encodeMessageBody({
    id: message.id ?? id,
    status: 'succeeded',
    completion: describeV1Completion(completion),
    metadata: message.metadata,
  });
}

/** The result of a message that cannot be answered: `{id, status, error, metadata}`; `id` as above. */
export function encodeFailed(message: CompletionMessage, id: string, error: GatewayError): string {
  return encodeMessageBody({
    id: message.id ?? id,
    status: 'failed',
    error: { code: error.code, message: error.message, error_code: error.errorCode },
    metadata: message.metadata,
  });
}
