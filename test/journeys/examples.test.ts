// The examples that can run here do; the others name the versions that the documentation speaks of.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client, parseFrames } from '../servers/v1-client.ts';
import type { V1Answer } from '../servers/v1-client.ts';

const run = promisify(execFile);
const prompt = 'In Bash, how do I list all text files?';
// The SDKs read .env in the working directory.
const emptyDirectory = mkdtempSync(join(tmpdir(), 'examples-'));
let local: LocalRun;
let expected: string;

beforeAll(async () => {
  local = await startLocalRun();
  const client = await createV1Client(local.url);
  expected = (await client.complete('codellama_7b_instruct', { prompt })).result ?? '';
  expect(expected).not.toBe('');
});

afterAll(async () => {
  rmSync(emptyDirectory, { recursive: true });
  await local.stop();
});

const pathOf = (example: string): string => fileURLToPath(new URL(`../../examples/${example}`, import.meta.url));
const read = (example: string): string => readFileSync(pathOf(example), 'utf8');

/** Runs a command with nothing but the base URL in its environment. */
async function runExample(command: string, example: string, basePath = '', more: object = {}): Promise<string> {
  const env = { PATH: process.env['PATH'], QIANFAN_BASE_URL: `${local.url}${basePath}`, ...more };
  const { stdout, stderr } = await run(command, [pathOf(example)], { env, cwd: emptyDirectory });
  expect(stderr).toBe('');
  return stdout;
}

it.each(['', '/prod'])(
  'curl.sh gets a completion with OAuth, a stream with IAM, and both in OpenAI’s protocol, under the base path "%s"',
  async (basePath) => {
    const output = await runExample('bash', 'curl.sh', basePath);
    const [, completion = '', stream = '', openAi = '', openAiStream = ''] =
      /^# OAuth.*\n(.*)\n# IAM.*\n([^]*)\n# OpenAI.*\n(.*)\n([^]*)$/.exec(output) ?? [];
    expect(JSON.parse(completion) as V1Answer).toMatchObject({ object: 'completion', result: expected });
    expect(
      parseFrames(stream)
        .map(({ result }) => result)
        .join(''),
    ).toBe(expected);
    expect(JSON.parse(openAi)).toMatchObject({ object: 'text_completion', choices: [{ text: expected }] });
    const events = openAiStream.trimEnd().split('\n\n');
    expect(events.pop()).toBe('data: [DONE]');
    const texts = events.map((event) => JSON.parse(event.replace('data: ', '')) as { choices: [{ text: string }] });
    expect(texts.map(({ choices: [{ text }] }) => text).join('')).toBe(expected);
  },
);

it.each(['', '/prod'])(
  'the Node example prints the text, and prints it again as a stream, under the base path "%s"',
  async (basePath) => {
    const output = await runExample(process.execPath, 'node/index.mjs', basePath);
    expect(output).toBe(`${expected}\n${expected}\n`);
  },
);

it('runs with the versions that the documentation names', () => {
  const packages = JSON.parse(read('../package.json')) as { devDependencies: Record<string, string> };
  const example = JSON.parse(read('node/package.json')) as { dependencies: Record<string, string> };
  const version = example.dependencies['@baiducloud/qianfan'] ?? '';
  expect(version).toBe(packages.devDependencies['@baiducloud/qianfan']);
  const pins = [version, read('python/requirements.txt'), read('go/go.mod'), read('java/pom.xml')];
  const documented = ['0.2.4', '0.4.12.3', '0.0.15', '0.1.6'];
  expect(documented.filter((each, index) => pins[index]?.includes(each))).toEqual(documented);
  const pages = [read('../docs/sdk.md'), read('README.md')];
  for (const page of pages) expect(documented.filter((each) => page.includes(each))).toEqual(documented);
});

// Python is no dependency of this project; where it is missing, its checks are skipped.
const hasPython = spawnSync('python3', ['--version']).status === 0;

(hasPython ? it : it.skip)('the Python example is valid Python', async () => {
  const script = 'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read())';
  await expect(run('python3', ['-c', script, pathOf('python/main.py')])).resolves.toMatchObject({ stderr: '' });
});

describe('the example with the standard library of Python', () => {
  const itWithPython = hasPython ? it : it.skip;
  const example = 'python-standard-library/main.py';

  itWithPython.each(['', '/prod'])('prints the text four times, under the base path "%s"', async (basePath) => {
    expect(await runExample('python3', example, basePath)).toBe(`${expected}\n`.repeat(4));
  });

  itWithPython('says what the gateway refuses', async () => {
    await expect(runExample('python3', example, '', { CLIENT_SECRET: 'wrong' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^HTTP 401: .*invalid_client.*\n$/),
    });
  });
});
