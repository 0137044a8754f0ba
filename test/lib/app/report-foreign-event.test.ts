import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const moduleUrl = new URL('../../../lib/app/report-foreign-event.ts', import.meta.url).href;

/** The lines that a report of one event writes, in a process of its own. */
async function linesOf(minimumLevel: string): Promise<readonly unknown[]> {
  const script = `import { createForeignEventReport } from ${JSON.stringify(moduleUrl)};
    createForeignEventReport(${JSON.stringify(minimumLevel)})({ source: 'application_load_balancer', invocationId: 'i-1' });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

describe('createForeignEventReport', () => {
  it.each(['info', 'warn'])('writes one line for an event, at level %j', async (minimumLevel) => {
    expect(await linesOf(minimumLevel)).toEqual([
      {
        level: 'warn',
        message: 'event is not of HTTP',
        time: expect.any(String),
        source: 'application_load_balancer',
        invocation_id: 'i-1',
      },
    ]);
  });

  it('keeps to the level that is configured', async () => {
    expect(await linesOf('error')).toEqual([]);
  });
});
