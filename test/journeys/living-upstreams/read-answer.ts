// What a caller of either dialect makes of an answer.
import type { UpstreamName } from '../../../lib/config/shape.ts';
import { errorTable } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { readEvents } from './frames.ts';
import type { LivingAnswer } from './create-living-gateway.ts';

type Json = Readonly<Record<string, unknown>>;

export const dialects: readonly UpstreamName[] = ['qianfan-v1', 'openai'];

/** The forms of a message. */
export const forms = ['own', 'batch'] as const;

export interface ReadAnswer {
  readonly text: string;
  /** In the dialect's own words; undefined for an answer without an error. */
  readonly code: unknown;
  readonly message: unknown;
  readonly isWhole: boolean;
  /** Whether anything in it looks like the end of a whole text. */
  readonly saysEnd: boolean;
  /** The last usage in it. */
  readonly usage: unknown;
  /** The events, or the one body. */
  readonly events: readonly Json[];
}

/** Reads an answer, whole or streamed. */
export function readAnswer({ text }: LivingAnswer, dialect: UpstreamName): ReadAnswer {
  const isStream = text.startsWith('data:');
  const events = isStream ? readEvents(text) : [JSON.parse(text) as Json];
  const isV1 = dialect === 'qianfan-v1';
  const texts = events.flatMap((one) =>
    isV1 ? [one['result'] ?? ''] : ((one['choices'] ?? []) as Json[]).map((choice) => choice['text']),
  );
  const failed = events.findLast((one) => (isV1 ? one['error_code'] : one['error']) !== undefined);
  const error = isV1 ? failed : (failed?.['error'] as Json | undefined);
  return {
    text: texts.join(''),
    code: error?.[isV1 ? 'error_code' : 'code'],
    message: error?.[isV1 ? 'error_msg' : 'message'],
    isWhole: failed === undefined && (!isStream || /"is_end":true|\[DONE\]/.test(text)),
    saysEnd: /"finish_reason":"|"is_end":true|\[DONE\]/.test(text),
    usage: events.findLast((one) => one['usage'] !== undefined)?.['usage'],
    events,
  };
}

/** The V1 numbers of errors of an OpenAI-compatible upstream, where they are others than the table says. */
const numbers: Partial<Record<ErrorCode, number>> = { upstream_http_error: 336000, upstream_auth_failed: 14 };

/** What a caller of a dialect reads for a code. */
export function codeIn(dialect: UpstreamName, code: ErrorCode): string | number {
  return dialect === 'openai' ? code : (numbers[code] ?? errorTable[code].errorCode);
}
