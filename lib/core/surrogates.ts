// The halves of a character that is two UTF-16 code units long, and where a text may be cut without parting them.

/** Whether a code unit is the first half of a surrogate pair. False for NaN, which `charCodeAt` gives outside a text. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Whether a code unit is the second half of a surrogate pair. False for NaN, which `charCodeAt` gives outside a text. */
export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Returns an index, in UTF-16 code units, at which the text may be cut: one lower where the index is inside of a pair. */
export function characterBoundary(text: string, index: number): number {
  return isLowSurrogate(text.charCodeAt(index)) && isHighSurrogate(text.charCodeAt(index - 1)) ? index - 1 : index;
}
