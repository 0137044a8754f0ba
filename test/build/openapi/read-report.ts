// The responses that a process under test reports, each compared with docs/openapi.json.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseJson } from '../../../lib/core/json.ts';
import { UndocumentedResponseError } from './check-responses.ts';
import type { ReportedResponse } from './report-responses.ts';
import { findFaults } from './validate-response.ts';

export interface Report {
  /**
   * Waits for the end of the report and checks what the server at a port answered; servers beside it may be of others.
   *
   * @throws UndocumentedResponseError
   */
  check(port: number): Promise<void>;
}

/** Reads one line of JSON for each response, from the start. */
export function readReport(source: Readable): Report {
  const responses: ReportedResponse[] = [];
  const ended = new Promise<void>((resolve) => {
    const lines = createInterface({ input: source });
    lines.on('line', (line) => {
      // A process that was killed may have written half of its last line.
      const response = parseJson(line) as ReportedResponse | undefined;
      if (response !== undefined) responses.push(response);
    });
    lines.once('close', resolve);
  });
  return {
    check: async (port) => {
      await ended;
      const faults = responses.filter((response) => response.port === port).flatMap(findFaults);
      if (faults.length > 0) throw new UndocumentedResponseError([...new Set(faults)].slice(0, 20));
    },
  };
}
