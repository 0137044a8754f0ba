// How long an upstream asks to be left alone.

/** The headers that say it, by lower-case name. */
export interface RetryAfterHeaders {
  readonly 'retry-after'?: string | undefined;
  /** Of OpenAI and Azure: in milliseconds. */
  readonly 'retry-after-ms'?: string | string[] | undefined;
}

/** A longer time is a mistake and is cut to this. */
const mostSeconds = 30 * 86_400;

const secondsOfUnit: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3_600 };

/**
 * Reads them into whole seconds from now, rounded up, of which 30 days are the most. `retry-after-ms` goes first. Beside what
 * RFC 9110 (section 10.2.3) allows, a number may have a fraction and a unit (`30.5`, `2s`, `500ms`), and a date may have an
 * offset in place of GMT.
 *
 * @returns undefined when neither is there or both are ill-formed.
 */
export function readRetryAfter(headers: RetryAfterHeaders, nowMs: number): number | undefined {
  const { 'retry-after': value, 'retry-after-ms': milliseconds } = headers;
  const seconds = readDuration(milliseconds, 'ms') ?? readDuration(value, '') ?? readDate(value, nowMs);
  return seconds === undefined ? undefined : Math.min(mostSeconds, Math.max(0, Math.ceil(seconds)));
}

/** @param usual The unit of a number without one. */
function readDuration(value: string | readonly string[] | undefined, usual: 'ms' | ''): number | undefined {
  if (typeof value !== 'string') return undefined;
  const [, digits, unit = ''] = /^\s*([0-9]{1,400}(?:\.[0-9]{0,400})?)\s*(ms|s|m|h)?\s*$/i.exec(value) ?? [];
  const factor = secondsOfUnit[unit.toLowerCase() || usual];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** A date without a time zone is ignored: RFC 9110 requires GMT. */
function readDate(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (!/^(?:[A-Za-z]{3,9},? |[0-9]{4}-[0-9]{2}-[0-9]{2}T)[A-Za-z0-9:+.\- ]{8,40}$/.test(text)) return undefined;
  // The oldest of the three forms that a recipient has to take names no zone (RFC 9110, section 5.6.7).
  const isAsctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}$/.test(text);
  if (!isAsctime && !/(?:GMT|UTC?|Z|[+-][0-9]{2}:?[0-9]{2})$/.test(text)) return undefined;
  const atMs = Date.parse(isAsctime ? `${text} GMT` : text);
  return Number.isNaN(atMs) ? undefined : (atMs - nowMs) / 1_000;
}
