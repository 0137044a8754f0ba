// The parameters of a request that are neither honoured nor refused.

/**
 * What SDKs send with every request, for themselves or for the path: it asks for nothing of the text
 * (https://github.com/baidubce/bce-qianfan-sdk).
 */
const sentBySdks: ReadonlySet<string> = new Set(['model', 'endpoint', 'headers', 'extra_parameters']);

/**
 * Lists the fields of a body that nobody reads, as they were sent and in their order. Null means "not set", so that such a
 * field asks for nothing.
 *
 * @param read The names that are read, to be honoured or refused.
 * @returns undefined when there are none.
 */
export function listIgnoredParameters(
  body: Readonly<Record<string, unknown>>,
  read: ReadonlySet<string>,
): readonly string[] | undefined {
  const isIgnored = (name: string): boolean =>
    !read.has(name) && !sentBySdks.has(name) && body[name] !== null && body[name] !== undefined;
  const names = Object.keys(body).filter(isIgnored);
  return names.length === 0 ? undefined : names;
}
