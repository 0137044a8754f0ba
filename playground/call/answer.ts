// Reads an answer in either dialect: its texts, usage, end and errors.
import { isJsonObject, parseJson } from '../../lib/core/json.ts';

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

export interface AnswerError {
  readonly message: string;
  /** A code of the error table; undefined if the answer has only a number. */
  readonly code?: string | undefined;
  /** The V1 error_code. */
  readonly errorCode?: number | undefined;
  /** The request could not even be sent: a header cannot carry its key. */
  readonly isUnsendable?: true;
}

/** One answer, or one event of a stream. */
export interface AnswerPart {
  readonly texts: readonly { readonly index: number; readonly text: string }[];
  readonly usage?: Usage | undefined;
  readonly error?: AnswerError | undefined;
  readonly isUnsafe?: boolean | undefined;
  /** Of the texts that end here. */
  readonly finishReasons?: readonly { readonly index: number; readonly reason: string }[];
  /** Of the texts that end here, or of all texts where none does. */
  readonly rescues?: number | undefined;
  readonly isUsageIncomplete?: boolean | undefined;
}

/** Reads a body or the data of an event. Anything that is not JSON, such as `[DONE]`, is an empty part. */
export function readAnswer(text: string): AnswerPart {
  const value = parseJson(text);
  if (!isJsonObject(value)) return { texts: [] };
  const error = readError(value);
  if (error !== undefined) return { texts: [], error };
  const texts = typeof value['result'] === 'string' ? [{ index: 0, text: value['result'] }] : readChoices(value);
  return {
    texts: texts.filter((part) => part.text !== ''),
    usage: readUsage(value['usage']),
    isUnsafe: value['is_safe'] === 0 || value['is_safe'] === false,
    finishReasons: readFinishReasons(value),
    rescues: typeof value['rescues'] === 'number' ? value['rescues'] : undefined,
    isUsageIncomplete: value['usage_incomplete'] === true,
  };
}

/** An error of V1, of OpenAI, of the token endpoint, or of the gateway outside any dialect. */
function readError(value: Readonly<Record<string, unknown>>): AnswerError | undefined {
  const { error, error_code: errorCode, error_msg: errorMessage, error_description: description } = value;
  if (errorCode) return { errorCode: Number(errorCode), message: readText(errorMessage) };
  if (isJsonObject(error)) {
    const code = typeof error['code'] === 'string' ? error['code'] : undefined;
    return { code, message: readText(error['message']) };
  }
  if (typeof error === 'string') {
    return { code: error, message: typeof description === 'string' ? description : error };
  }
  // An error of API Gateway itself.
  return typeof value['message'] === 'string' && !('choices' in value) ? { message: value['message'] } : undefined;
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listChoices({ choices }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return Array.isArray(choices) ? choices.filter(isJsonObject) : [];
}

function readIndex(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function readChoices(value: Readonly<Record<string, unknown>>): { index: number; text: string }[] {
  return listChoices(value).map(({ index, text }) => ({ index: readIndex(index), text: readText(text) }));
}

/** Reads the finish reasons, which V1 does not have. */
function readFinishReasons(value: Readonly<Record<string, unknown>>): { index: number; reason: string }[] {
  return listChoices(value).flatMap(({ index, finish_reason: reason }) =>
    typeof reason === 'string' ? [{ index: readIndex(index), reason }] : [],
  );
}

/** Reads the usage. In a V1 stream `completion_tokens` counts one frame only, so it is computed from the total. */
function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { prompt_tokens: promptTokens, total_tokens: totalTokens } = usage;
  if (typeof promptTokens !== 'number' || typeof totalTokens !== 'number') return undefined;
  return { promptTokens, totalTokens, completionTokens: Math.max(0, totalTokens - promptTokens) };
}
