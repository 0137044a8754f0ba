// Values that are made when they are first asked for.

/**
 * Returns a function that makes the value once. Schemas are made so that a cold start pays only for those of the
 * request it is for: to make one takes longer than to use it.
 */
export function lazy<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
