// What the page knows about the gateway: parameters with their limits, models and errors. The build generates it from the
// schemas, the tables and the documentation, so that they always agree.
import type { Language } from '../text/language.ts';

export type Dialect = 'v1' | 'openai';

/** The values that a parameter may have. An absent bound means no bound. */
export interface Limits {
  readonly kind: 'number' | 'integer' | 'boolean' | 'text' | 'texts';
  readonly minimum?: number;
  readonly isMinimumExclusive?: true;
  readonly maximum?: number;
  /** Of `texts`. */
  readonly maxItems?: number;
  /** Of each of the `texts`. */
  readonly maxCharacters?: number;
}

export interface Parameter {
  readonly name: string;
  /** The object of the body it is in, where that is not the body itself. */
  readonly parent?: string;
  readonly limits: Limits;
}

export interface ErrorEntry {
  readonly code: string;
  readonly status: number;
  /** The V1 error_code. */
  readonly errorCode: number;
  readonly isRetryable: boolean;
  /** What the error means and what to do. */
  readonly text: Readonly<Record<Language, string>>;
}

export interface Model {
  readonly name: string;
  /** The endpoint of the preset service; undefined for a model that is called at its owner's endpoint. */
  readonly preset?: string;
}

export interface Catalog {
  /** Without prompt, model and stream, which have fields of their own. */
  readonly parameters: Readonly<Record<Dialect, readonly Parameter[]>>;
  readonly errors: readonly ErrorEntry[];
  readonly models: readonly Model[];
}
