// How long a message that has to come back stays invisible.

const baseSeconds = 1;
const longestSeconds = 900;

/**
 * Computes a pause that doubles with every receive: between half and the whole of 1 s × 2^(receives − 1), at most 900 s.
 * It is never shorter than the upstream asked for, up to the same limit.
 *
 * @param random A number in [0, 1).
 * @returns whole seconds, as ChangeMessageVisibility takes them.
 */
export function computeBackoffSeconds(receiveCount: number, random: number, retryAfterSeconds = 0): number {
  const ceiling = Math.min(longestSeconds, baseSeconds * 2 ** (Math.max(1, receiveCount) - 1));
  const jittered = Math.max(ceiling / 2 + (random * ceiling) / 2, retryAfterSeconds * (1 + random / 4));
  return Math.min(longestSeconds, Math.ceil(jittered));
}
