// Reads a line of the input: its id, and whether it can be sent.
import { isJsonObject, parseExactJson, parseJson } from '../../lib/core/json.ts';
import { allowedMessageId, encodeMessageBody, readMessageId } from '../../lib/dialects/message-body.ts';
import { isBatchLine } from '../../lib/dialects/openai/batch.ts';
import type { LineError } from './line-error.ts';
import type { FileLine } from './file-lines.ts';
import { createWireId } from './wire-id.ts';

export interface BatchLine {
  /** From 1; blank lines are counted and skipped. */
  readonly number: number;
  /** A message as docs/queue.md describes it, or a line of an OpenAI Batch file. */
  readonly form: 'message' | 'openai-batch';
  /** With the numbers as they are written in the file ({@link parseExactJson}). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Why it cannot be sent; undefined when it can. */
  readonly fault: LineError | undefined;
}

/** The most bytes of one message, and of all messages in one request to SQS. */
export const mostMessageBytes = 1_048_576;

/** A made-up run id with the length of a real one, to measure a message before the run has begun. */
const anyRunId = '00000000-0000-0000-0000-000000000000';

/** Reads a line. Returns undefined when it is blank, and a line with a fault when it cannot be sent. */
export function readBatchLine({ number, bytes }: Pick<FileLine, 'number' | 'bytes'>): BatchLine | undefined {
  const text = decodeText(bytes);
  if (text?.trim() === '') return undefined;
  const fields = text === undefined ? undefined : parseJson(text);
  if (text === undefined || !isJsonObject(fields)) {
    const fault = createFault(number, 'invalid_json', text === undefined ? 'is not UTF-8' : 'is not a JSON object');
    return { number, form: 'message', fields: {}, fault };
  }
  const form = isBatchLine(fields) ? 'openai-batch' : 'message';
  try {
    const exact = parseExactJson(text);
    const line: BatchLine = { number, form, fields: isJsonObject(exact) ? exact : fields, fault: undefined };
    return { ...line, fault: findFault(line) };
  } catch (error) {
    // JSON that is nested this deep can be parsed but not written again, so a result could not return its metadata.
    if (!(error instanceof RangeError)) throw error;
    const idField = idFieldOf(form);
    const fault = createFault(number, 'invalid_parameter', 'is nested too deeply to be sent');
    return { number, form, fields: { [idField]: fields[idField] }, fault };
  }
}

/** The field that names a line of this form. */
export function idFieldOf(form: BatchLine['form']): 'id' | 'custom_id' {
  return form === 'openai-batch' ? 'custom_id' : 'id';
}

/** The body of the message that stands for a line in the request queue. Throws a RangeError when it nests too deep. */
export function encodeWireBody({ form, fields }: BatchLine, wireId: string): string {
  return encodeMessageBody({ ...fields, [idFieldOf(form)]: wireId });
}

/** Decodes UTF-8; undefined when the bytes are not UTF-8, because replacing them would change the prompt. */
function decodeText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function findFault(line: BatchLine): LineError | undefined {
  const { number, form, fields } = line;
  const idField = idFieldOf(form);
  if (readMessageId(fields[idField]) === undefined) {
    return createFault(number, 'invalid_argument', `has no valid ${idField}: it must be ${allowedMessageId}`);
  }
  const bytes = Buffer.byteLength(encodeWireBody(line, createWireId(anyRunId, number)));
  if (bytes <= mostMessageBytes) return undefined;
  return createFault(number, 'body_too_large', `makes a message of ${bytes} bytes; ${mostMessageBytes} are allowed`);
}

function createFault(
  line: number,
  code: 'invalid_json' | 'invalid_argument' | 'invalid_parameter' | 'body_too_large',
  fault: string,
): LineError {
  return { code, message: `Line ${line} ${fault}`, line };
}
