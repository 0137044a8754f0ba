// The ids that lines have on the queues, where results of other senders and of other runs are as well.

/**
 * Names a line of a run: `<run id>:<line>`, or `<run id>:<line>:<attempt>` when all trace of its message was lost and
 * the worker shall not take it for the one it has answered.
 *
 * @param attempt From 0. Default: 0.
 */
export function createWireId(runId: string, line: number, attempt = 0): string {
  return `${runId}:${line}${attempt === 0 ? '' : `:${attempt}`}`;
}

/** The number of the line that an id names, in whichever attempt; undefined when it is not of this run. */
export function readWireId(runId: string, id: unknown): number | undefined {
  if (typeof id !== 'string' || !id.startsWith(`${runId}:`)) return undefined;
  const number = /^([1-9]\d{0,14})(?::\d+)?$/.exec(id.slice(runId.length + 1))?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The number of the line that a message or a result of this run is about; undefined for those of others. */
export function readLineNumber(runId: string, body: Readonly<Record<string, unknown>>): number | undefined {
  return readWireId(runId, body['custom_id']) ?? readWireId(runId, body['id']);
}
