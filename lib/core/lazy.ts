// Values that are created on first use.

/**
 * Returns a function that creates the value on its first call and returns the same value from then on. All schemas are
 * created this way: creating one takes longer than using it, and a cold start should pay only for those it needs.
 */
export function lazy<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
