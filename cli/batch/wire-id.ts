// The ids of lines on the queues. They identify the run, because the queues also hold results of others.

/**
 * Returns the id of a line: `<run id>:<line>`, or `<run id>:<line>:<attempt>` if its message was lost and is sent again.
 * With the old id, the worker could take the new message for one that it has answered.
 *
 * @param attempt From 0. Default: 0.
 */
export function createWireId(runId: string, line: number, attempt = 0): string {
  return `${runId}:${line}${attempt === 0 ? '' : `:${attempt}`}`;
}

/** Returns the number of the line that an id names, in any attempt; undefined if the id belongs to another run. */
export function readWireId(runId: string, id: unknown): number | undefined {
  if (typeof id !== 'string' || !id.startsWith(`${runId}:`)) return undefined;
  const number = /^([1-9]\d{0,14})(?::\d+)?$/.exec(id.slice(runId.length + 1))?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Returns the line number of a message or a result of this run; undefined for those of other runs. */
export function readLineNumber(runId: string, body: Readonly<Record<string, unknown>>): number | undefined {
  return readWireId(runId, body['custom_id']) ?? readWireId(runId, body['id']);
}
