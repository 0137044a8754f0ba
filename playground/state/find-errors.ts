// What an error in an answer means: the entries of the error table it can be.
import type { AnswerError } from '../call/answer.ts';
import type { ErrorEntry } from '../catalog/catalog.ts';

/** The entries with the answer's code, or else its number, the likeliest first. Empty when nothing is known of it. */
export function findErrors(errors: readonly ErrorEntry[], { code, errorCode }: AnswerError): readonly ErrorEntry[] {
  const byCode = errors.filter((entry) => entry.code === code);
  if (byCode.length > 0) return byCode;
  return errors.filter((entry) => entry.errorCode === errorCode);
}
