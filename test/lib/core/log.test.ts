import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeError } from '../../../lib/core/log.ts';

const loggerUrl = new URL('../../../lib/core/log.ts', import.meta.url).href;

/** Runs statements that use a logger in a process of their own, and returns the lines on its standard output. */
async function linesOf(minimumLevel: string, statements: string, service?: string): Promise<string[]> {
  const script = `import { createLogger } from ${JSON.stringify(loggerUrl)};
    const log = createLogger(${JSON.stringify(minimumLevel)}, ${JSON.stringify(service)}); ${statements}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\n$|^$/);
  return stdout.split('\n').slice(0, -1);
}

describe('createLogger', () => {
  it('writes one JSON object a line', async () => {
    const fields = { text: 'two\nlines', count: 1, flag: true, absent: undefined };
    const before = Date.now();
    const lines = await linesOf(
      'info',
      `log('info', 'first', { text: 'two\\nlines', count: 1, flag: true, absent: undefined }); log('error', 'second', {});`,
    );
    const after = Date.now();
    expect(lines).toHaveLength(2);
    const [first, second] = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(first).toEqual({ level: 'info', message: 'first', time: expect.any(String), ...fields });
    expect(second).toEqual({ level: 'error', message: 'second', time: expect.any(String) });
    const timeMs = Date.parse(String(first?.['time']));
    expect(timeMs).toBeGreaterThanOrEqual(before);
    expect(timeMs).toBeLessThanOrEqual(after);
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('at level %s writes %j', async (minimumLevel, written) => {
    const lines = await linesOf(
      minimumLevel,
      `for (const level of ['debug', 'info', 'warn', 'error']) log(level, 'm', {});`,
    );
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(written);
  });
});

describe('metrics', () => {
  const statement = `log('info', 'm', { a: 1 }, {
    requests: { value: 1, unit: 'Count' },
    absent: undefined,
    'gen_ai.server.request.duration': { value: 0.25, unit: 'Seconds' },
  });`;
  const embedded = {
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'qianfan-serverless',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'requests', Unit: 'Count' },
            { Name: 'gen_ai.server.request.duration', Unit: 'Seconds' },
          ],
        },
      ],
    },
    service: 'shop-prod',
    requests: 1,
    'gen_ai.server.request.duration': 0.25,
  };

  it('are part of the line, in the embedded metric format', async () => {
    const [line = ''] = await linesOf('info', statement, 'shop-prod');
    expect(JSON.parse(line)).toEqual({ level: 'info', message: 'm', time: expect.any(String), a: 1, ...embedded });
  });

  it('are counted when the line itself is not wanted', async () => {
    const lines = await linesOf('error', statement, 'shop-prod');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([embedded]);
  });

  it('are left out without a service name, and where there are none', async () => {
    expect(await linesOf('info', statement)).toEqual([expect.not.stringContaining('_aws')]);
    expect(await linesOf('info', `log('info', 'm', {});`, 'shop-prod')).toEqual([expect.not.stringContaining('_aws')]);
  });
});

describe('describeError', () => {
  it('gives name, code and place, and no message', () => {
    const error = Object.assign(new TypeError('secret'), { code: 'ECONNRESET' });
    const description = describeError(error);
    expect(description).toMatch(/^TypeError\[ECONNRESET\] \| at .*log\.test/);
    expect(description).not.toContain('secret');
  });

  it('takes no line of a message for a place', () => {
    expect(describeError(new Error('oops\n    at my secret prompt'))).not.toContain('secret');
  });

  it('goes down the causes', () => {
    const error = new Error('secret', { cause: new RangeError('secret', { cause: new SyntaxError('secret') }) });
    expect(describeError(error)).toMatch(/^Error \| at .* <- RangeError \| at .* <- SyntaxError \| at /);
    expect(describeError(error)).not.toContain('secret');
  });

  it('stops in a circle of causes', () => {
    const error = new Error('a');
    error.cause = error;
    expect(describeError(error).split(' <- ')).toHaveLength(5);
  });

  it('shows the first eight places', () => {
    const error = new Error('a');
    error.stack = `Error: a\n${Array.from({ length: 30 }, (_, index) => `    at f${index} (file.ts:1:1)`).join('\n')}`;
    expect(describeError(error)).toMatch(/f7 [^|]*$/);
  });

  it.each([undefined, null, 'secret', 7, { message: 'secret' }])('says nothing of %p, which is no error', (value) => {
    expect(describeError(value)).toBe('');
    expect(describeError(new Error('x', { cause: value }))).not.toContain('secret');
  });

  it('does without a stack', () => {
    const error = new Error('secret');
    Reflect.deleteProperty(error, 'stack');
    expect(describeError(error)).toBe('Error');
  });
});
