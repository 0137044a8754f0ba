// The commands of the README, in both languages, do what it says.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

/** The shell blocks of a page that call the local run. */
function readCurlBlocks(page: string): string[] {
  return [...read(page).matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block = '']) => block)
    .filter((block) => block.includes('curl'));
}

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
