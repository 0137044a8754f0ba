// The commands of the README, in both languages, do what it says.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalRun } from '../support/start-local-run.ts';
import type { LocalRun } from '../support/start-local-run.ts';
import { parseFrames } from '../support/v1-client.ts';
import type { V1Answer } from '../support/v1-client.ts';

const run = promisify(execFile);
let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(async () => {
  await local.stop();
});

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** The shell blocks of a page. */
function readBlocks(page: string): string[] {
  return [...read(page).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

const readCurlBlocks = (page: string): string[] => readBlocks(page).filter((block) => block.includes('curl'));

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  it('gets a completion with its first curl and a stream with its second', async () => {
    const [completion = '', stream = '', ...others] = readCurlBlocks(page);
    expect(others).toEqual([]);
    // Pasted one after the other into one shell; each output is marked by its block.
    const script = `${completion}\nprintf '\\n---\\n'\n${stream}`.replaceAll('http://127.0.0.1:8787', local.url);
    const { stdout } = await run('bash', ['-c', script]);
    const [first = '', second = ''] = stdout.split('\n---\n');
    expect(JSON.parse(first) as V1Answer).toMatchObject({ object: 'completion', result: expect.stringMatching(/\w/) });
    expect(parseFrames(second).length).toBeGreaterThan(2);
  });

  it('gets the result of a file with its batch command', async () => {
    const block = readBlocks(page).find((text) => text.includes('npm run batch')) ?? '';
    const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-readme-'));
    try {
      // As pasted, but for the folder.
      const script = block.replaceAll(/\b(in|out)\.jsonl/g, (name) => join(directory, name));
      const env = { ...process.env, AWS_ENDPOINT_URL: local.awsUrl, AWS_REGION: 'us-east-1' };
      await run('bash', ['-ec', script], { env, cwd: fileURLToPath(new URL('../..', import.meta.url)) });
      const lines = readFileSync(join(directory, 'out.jsonl'), 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        { id: '1', status: 'succeeded', completion: expect.objectContaining({ result: expect.stringMatching(/\w/) }) },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it('gets what docs/openai.md promises for its curl', async () => {
  const [block = ''] = readCurlBlocks('docs/openai.md');
  const { stdout } = await run('bash', ['-c', block.replaceAll('http://127.0.0.1:8787', local.url)]);
  expect(JSON.parse(stdout)).toMatchObject({
    object: 'text_completion',
    choices: [{ index: 0, finish_reason: 'length', text: expect.stringMatching(/\w/) }],
    usage: { completion_tokens: 20 },
  });
});

it('documents the same settings in both languages', () => {
  const settings = (page: string): string[] =>
    [...read(page).matchAll(/^\| (`[A-Z][^|]*`) \|/gm)].map(([, name = '']) => name);
  const normalise = (names: string[]): string[] => names.flatMap((name) => name.match(/[A-Z_]{4,}/g) ?? []);
  expect(normalise(settings('README.zh-CN.md'))).toEqual(normalise(settings('README.md')));
  expect(normalise(settings('README.md')).length).toBeGreaterThan(10);
});
