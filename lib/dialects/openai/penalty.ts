// The repetition penalty, under each name that servers have for it.
import { penaltyNames } from '../../core/penalty-names.ts';
import type { PenaltyName } from '../../core/penalty-names.ts';

/**
 * Writes a penalty; nothing where none is asked for.
 *
 * @param name The one name to be used. Default: all of them, because servers ignore a name that they do not know.
 */
export function encodePenalty(penaltyScore: number | undefined, name?: PenaltyName): Readonly<Record<string, number>> {
  if (penaltyScore === undefined) return {};
  return Object.fromEntries((name === undefined ? penaltyNames : [name]).map((one) => [one, penaltyScore]));
}
