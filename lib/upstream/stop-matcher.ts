// Follows a text, character by character, for a stop item that it may be about to end with.

/**
 * Takes the next UTF-16 code unit of the text and returns how many of the item's first code units the text now ends
 * with: 0 for none, the item's length when all of it is there.
 */
export type StopMatcher = (code: number) => number;

/** Creates a matcher by Knuth, Morris and Pratt: its time is linear in the text, whatever the item is. */
export function createStopMatcher(item: string): StopMatcher {
  // How much of the item is still matched when the code unit after so many of its first ones does not fit.
  const shorter = [0, 0];
  const advance = (from: number, code: number): number => {
    let matched = from === item.length ? (shorter[from] ?? 0) : from;
    while (matched > 0 && item.charCodeAt(matched) !== code) matched = shorter[matched] ?? 0;
    return item.charCodeAt(matched) === code ? matched + 1 : 0;
  };
  for (let length = 1; length < item.length; length += 1) {
    shorter.push(advance(shorter[length] ?? 0, item.charCodeAt(length)));
  }
  let matched = 0;
  return (code) => (matched = advance(matched, code));
}
