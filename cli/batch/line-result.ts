// The results of lines: whether they succeeded, and how they read in the output.
import { errorTable } from '../../lib/core/errors.ts';
import { isJsonObject } from '../../lib/core/json.ts';
import { idFieldOf } from './batch-line.ts';
import type { BatchLine } from './batch-line.ts';
import type { LineError } from './line-error.ts';

export type Result = Readonly<Record<string, unknown>>;

/** Whether a result of either form is a success. */
export function isSucceeded(result: Result): boolean {
  const { status, response, error } = result;
  if (status !== undefined) return status === 'succeeded';
  return (error ?? null) === null && isJsonObject(response) && response['status_code'] === 200;
}

/** The result with the id that the line has in the input in place of the one it had on the queues. */
export function restoreId({ form, fields }: BatchLine, result: Result): Result {
  const idField = idFieldOf(form);
  return { ...result, [idField]: fields[idField] };
}

/**
 * The result of a line that the worker gave no answer to: of the form that the worker's results have, and in a Batch
 * file of the form that OpenAI has for requests without an HTTP answer, with `error` set and no `response`
 * (https://platform.openai.com/docs/api-reference/batch/request-output).
 *
 * @param runId Makes the `id` of the latter.
 */
export function createFailedResult(runId: string, { form, number, fields }: BatchLine, failure: LineError): Result {
  const { code, message, errorCode = findErrorCode(code), line, isDeadLetter = false } = failure;
  const error = {
    code,
    message,
    ...(errorCode !== undefined && { error_code: errorCode }),
    ...(line !== undefined && { line }),
    ...(isDeadLetter && { dead_letter: true }),
  };
  const id = fields[idFieldOf(form)] ?? null;
  if (form === 'openai-batch') return { id: `batch_req_${runId}:${number}`, custom_id: id, response: null, error };
  return { id, status: 'failed', error, ...('metadata' in fields && { metadata: fields['metadata'] }) };
}

function findErrorCode(code: string): number | undefined {
  return isErrorCode(code) ? errorTable[code].errorCode : undefined;
}

function isErrorCode(code: string): code is keyof typeof errorTable {
  return Object.hasOwn(errorTable, code);
}
