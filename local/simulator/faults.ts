// Faults on request: the `[fault name=value …]` directive in a prompt. docs/simulator.md describes each of them.
import type { Dialect, SimulatedError } from './dialect.ts';
import { findV2Error, v2ErrorCodes } from './v2-errors.ts';

/** The faults that take a whole number, with its limits. */
const numberFaults = {
  error_code: { min: 1, max: 999_999 },
  times: { min: 1, max: 1_000_000 },
  http_status: { min: 400, max: 599 },
  retry_after: { min: 0, max: 86_400 },
  first_byte_delay_ms: { min: 0, max: 3_600_000 },
  frame_delay_ms: { min: 0, max: 3_600_000 },
  cut_after_frames: { min: 0, max: 100_000 },
  error_after_frames: { min: 0, max: 100_000 },
  stall_after_frames: { min: 0, max: 100_000 },
  frames: { min: 1, max: 100_000 },
  words: { min: 1, max: 1_000_000 },
} as const;

/** The faults without a value. */
const flagFaults = [
  'omit_is_end',
  'omit_usage',
  'omit_done',
  'omit_finish_reason',
  'keep_alive_comments',
  'split_utf8',
  'reset',
  'revoke_token',
  'v1_gone',
] as const;

/** The faults that take one of several words. */
const wordFaults = {
  body: ['html', 'malformed', 'empty'],
  error: v2ErrorCodes,
  only: ['v1', 'v2'],
} as const;

type NumberFault = keyof typeof numberFaults;
type FlagFault = (typeof flagFaults)[number];
type WordFault = keyof typeof wordFaults;

/** The faults that a prompt requests, by the names in the directive. Times are in milliseconds, `retry_after` in seconds. */
export type Faults = Readonly<
  Partial<Record<NumberFault, number>> &
    Partial<Record<FlagFault, true>> & { [Name in WordFault]?: (typeof wordFaults)[Name][number] }
>;

export interface FaultyPrompt {
  /** The prompt without its directives. */
  readonly prompt: string;
  readonly faults: Faults;
}

/** Every name a directive may use. */
export const faultNames: readonly string[] = [...Object.keys(numberFaults), ...flagFaults, ...Object.keys(wordFaults)];

/** Removes the directives from a prompt and reads them. Returns a message if they are wrong. */
export function parseFaults(prompt: string): FaultyPrompt | string {
  const kept: string[] = [];
  let faults: Faults = {};
  let from = 0;
  for (;;) {
    const start = findDirective(prompt, from);
    if (start === -1) break;
    const end = prompt.indexOf(']', start);
    if (end === -1) return 'fault directive has no closing bracket';
    const words = prompt.slice(start + '[fault'.length, end).split(/\s+/);
    for (const word of words.filter((candidate) => candidate !== '')) {
      const fault = parseFault(word);
      if (typeof fault === 'string') return fault;
      faults = { ...faults, ...fault };
    }
    kept.push(prompt.slice(from, start).trim());
    from = end + 1;
  }
  if (from === 0) return { prompt, faults };
  kept.push(prompt.slice(from).trim());
  return { prompt: kept.filter((part) => part !== '').join(' '), faults };
}

/** Counts how often each prompt has had its faults, for `times`. */
export interface FaultUses {
  /** Uses one of the `times` turns of a prompt; false when they are used up. */
  take(prompt: string, times: number): boolean;
}

export function createFaultUses(): FaultUses {
  const usesByPrompt = new Map<string, number>();
  return {
    take(prompt, times) {
      const uses = usesByPrompt.get(prompt) ?? 0;
      if (uses >= times) return false;
      usesByPrompt.set(prompt, uses + 1);
      return true;
    },
  };
}

/** Returns the faults that remain when their `times` are used up: those that set the size of the answer. */
export function keepSizes({ words, frames }: Faults): Faults {
  return { ...(words === undefined ? {} : { words }), ...(frames === undefined ? {} : { frames }) };
}

/** Whether the faults happen on a side. Those next to `v1_gone` happen where that does. */
export function concerns({ only, v1_gone: isV1Gone }: Faults, side: Dialect['side']): boolean {
  return (only ?? (isV1Gone ? 'v1' : side)) === side;
}

/** Returns the requested error. It may be given by its V1 code or its V2 code; with both, each side uses its own. */
export function errorOf({ error_code: errorCode, error }: Faults): SimulatedError | undefined {
  if (error !== undefined) return { errorCode: errorCode ?? findV2Error(error).errorCodes[0], v2Code: error };
  return errorCode === undefined ? undefined : { errorCode };
}

/** Finds the next `[fault` that is followed by white space or the closing bracket. */
function findDirective(prompt: string, from: number): number {
  for (let start = prompt.indexOf('[fault', from); start !== -1; start = prompt.indexOf('[fault', start + 1)) {
    if (/[\s\]]/.test(prompt.charAt(start + '[fault'.length))) return start;
  }
  return -1;
}

function parseFault(word: string): Faults | string {
  const [name = '', value, ...rest] = word.split('=');
  if (isFlagFault(name)) return value === undefined ? { [name]: true } : `fault ${name} takes no value`;
  const text = rest.length > 0 ? '' : (value ?? '');
  if (isWordFault(name)) {
    const choices: readonly string[] = wordFaults[name];
    return choices.includes(text) ? { [name]: text } : `fault ${name} must be one of ${choices.join(', ')}`;
  }
  if (!isNumberFault(name)) return `unknown fault ${name.slice(0, 40)}`;
  const { min, max } = numberFaults[name];
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? { [name]: number } : `fault ${name} must be a number in [${min}, ${max}]`;
}

function isFlagFault(name: string): name is FlagFault {
  return flagFaults.some((flag) => flag === name);
}

function isWordFault(name: string): name is WordFault {
  return Object.hasOwn(wordFaults, name);
}

function isNumberFault(name: string): name is NumberFault {
  return Object.hasOwn(numberFaults, name);
}
