// Every shell block of the documents is run and does what the page says, or is excepted for a reason.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client, parseFrames } from '../servers/v1-client.ts';
import { commandExceptions } from './command-exceptions.ts';
import type { CommandException } from './command-exceptions.ts';
import { documentedBlocks, findLeftBlocks, itRuns } from './documented-blocks.ts';
import type { DocumentedBlock } from './documented-blocks.ts';
import { pasteCommands, readStartVariables } from './paste-commands.ts';

const text = expect.stringMatching(/\w/) as unknown;
const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-commands-'));
let local: LocalRun;

beforeAll(async () => {
  local = await startLocalRun();
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await local.stop();
});

const parseLines = (name: string): unknown[] =>
  readFileSync(join(directory, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
/** As pasted, but for the directory. */
const moveFiles = (block: string): string => block.replaceAll(/\b(?:in|out)\.jsonl/g, (name) => join(directory, name));
const answered = { id: '1', status: 'succeeded', completion: expect.objectContaining({ result: text }) as unknown };

itRuns(
  'README.md',
  ['TOKEN=$(curl', 'curl -N "http'],
  'a token, a completion and a stream',
  async (completion, stream) => {
    const output = await pasteCommands(local, `${completion}\nprintf '\\n---\\n'\n${stream}`);
    const [first = '', second = ''] = output.split('\n---\n');
    expect(JSON.parse(first)).toMatchObject({ object: 'completion', result: text });
    expect(parseFrames(second).length).toBeGreaterThan(2);
  },
);

itRuns('docs/architecture.md', ['npm run call-depth'], 'the layers of a request are counted', async (block) => {
  const output = await pasteCommands(local, block);
  // What docs/architecture.md says of them.
  expect(output).toMatch(/^functions from the handler of the route to the transport: 5$/m);
  expect(output).toMatch(/^iterators around a chunk, rescue included: 4$/m);
});

itRuns('README.md', ['npm run keys'], 'a client is created, listed and revoked', async (block) => {
  const output = await pasteCommands(local, block);
  expect(output).toMatch(/^secret {2}[\w-]{43}$/m);
  expect(output).toMatch(/^shop\tStarCoder\t.*60.*100,?000/m);
  expect(output).toMatch(/^shop is revoked$/m);
});

itRuns('README.md', ['echo '], 'a file of messages is answered', async (block) => {
  await pasteCommands(local, moveFiles(block));
  expect(parseLines('out.jsonl')).toEqual([answered]);
});

itRuns('docs/queue.md', ['npm run batch'], 'a file of messages is answered', async (block) => {
  const [here = '', deployed] = block.split('\n');
  expect(deployed).toBe(`${here} --stage prod`);
  rmSync(join(directory, 'out.jsonl'), { force: true });
  await pasteCommands(local, moveFiles(here));
  expect(parseLines('out.jsonl')).toEqual([answered]);
});

// The AWS CLI is no dependency of this project; where it is missing, this one check is skipped.
const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
itRuns(
  'docs/queue.md',
  ['export AWS_DEFAULT_REGION='],
  'a message is sent and its result received (skipped without the AWS CLI)',
  async (block) => {
    const output = await pasteCommands(local, block);
    const received = JSON.parse(output.slice(output.indexOf('{', output.indexOf('}') + 1))) as {
      Messages: readonly { Body: string }[];
    };
    expect(received.Messages.map(({ Body }) => JSON.parse(Body) as unknown)).toEqual([answered]);
  },
  hasAwsCli ? it : it.skip,
);

itRuns('docs/openai.md', ['curl '], 'a completion of 20 tokens', async (block) => {
  expect(JSON.parse(await pasteCommands(local, block))).toMatchObject({
    object: 'text_completion',
    choices: [{ index: 0, finish_reason: 'length', text }],
    usage: { completion_tokens: 20 },
  });
});

itRuns('docs/autocomplete.md', ['curl '], 'a completion with a suffix', async (block) => {
  expect(JSON.parse(await pasteCommands(local, block))).toMatchObject({ choices: [{ index: 0, text }] });
});

itRuns('docs/idempotency.md', ['URL='], 'a completion', async (block) => {
  expect(JSON.parse(await pasteCommands(local, block))).toMatchObject({ choices: [{ text }] });
});

itRuns('docs/limits.md', ['npm run keys -- create shop'], 'a client with limits is created', async (block) => {
  await pasteCommands(local, block);
  expect(await pasteCommands(local, 'npm run -s keys -- list')).toMatch(/^shop\tall models\t.*60.*100,?000/m);
});

itRuns(
  'docs/stream-rescue.md',
  ["STREAM_RESCUE='", 'curl -N'],
  'a stream is cut after 13 tokens, and rescued',
  async (start, curl) => {
    const variables = await readStartVariables(start);
    expect(variables).toEqual({ STREAM_RESCUE: '{"StarCoder": 2}' });
    const rescuing = await startLocalRun(variables);
    const events = (await pasteCommands(rescuing, curl)).trimEnd().split('\n\n');
    await rescuing.stop();
    expect(events.pop()).toBe('data: [DONE]');
    expect(JSON.parse(events.pop()?.replace('data: ', '') ?? '')).toMatchObject({
      rescues: 1,
      choices: [{ finish_reason: 'length', text: expect.stringMatching(/^(?:\s*\S+){7}$/) as unknown }],
    });
    expect(events.join('').match(/"text":/g)).toHaveLength(2);
  },
);

itRuns('docs/migrate-from-v1.md', ['UPSTREAM=openai npm start'], 'a V1 client is answered by V2', async (start) => {
  const variables = await readStartVariables(start);
  expect(variables).toEqual({ UPSTREAM: 'openai' });
  const migrated = await startLocalRun(variables);
  const client = await createV1Client(migrated.url);
  expect(await client.complete('starcoder', { prompt: 'Hi' })).toMatchObject({ result: text });
  await migrated.stop();
});

itRuns('docs/playground.md', ['npm start'], 'there is a page', async (start) => {
  expect(start).toBe('npm start\n');
  expect((await fetch(`${local.url}/playground`)).status).toBe(200);
});

itRuns(
  'docs/simulator.md',
  ['TOKEN=$(curl', 'curl http'],
  'keys for the examples, counts, and the shutdown of V1',
  async (keys, controls) => {
    const example = `curl -s "$URL" -d '{"prompt":"Hi [fault words=5]"}'; echo; curl -s "$V2" -H "$KEY" -d '{"model":"m","prompt":"Hi"}'`;
    const output = await pasteCommands(local, `${keys}\n${example}`);
    expect(output.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ result: text }),
      expect.objectContaining({ object: 'text_completion' }),
    ]);
    const counts = await readSimulatorCounts(local.simulatorUrl);
    const [stats = ''] = (await pasteCommands(local, controls)).split('}');
    expect(JSON.parse(`${stats}}`)).toEqual(counts);
    // V1 is back.
    expect(JSON.parse(await pasteCommands(local, `${keys}\ncurl -s "$URL" -d '{"prompt":"Hi"}'`))).toMatchObject({
      result: text,
    });
  },
);

itRuns('examples/README.md', ['ALLOWED_ORIGINS='], 'the pages may call', async (start) => {
  const variables = await readStartVariables(start);
  expect(variables).toEqual({ ALLOWED_ORIGINS: 'http://127.0.0.1:8000' });
  const serving = await startLocalRun(variables);
  const { status, headers } = await fetch(`${serving.url}/v1/completions`, {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://127.0.0.1:8000',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  });
  await serving.stop();
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type');
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
itRuns(
  'examples/README.md',
  ['python3 -m http.server 8000'],
  'the page with fetch is served (skipped without Python)',
  async (block) => {
    const [command = '', ...words] = block.trim().replace(' 8000 ', ' 0 ').split(' ');
    const cwd = fileURLToPath(new URL('../../examples', import.meta.url));
    const env = { ...process.env, PYTHONUNBUFFERED: '1' };
    const server = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const port = /port (\d+)/.exec(line.toString())?.[1];
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    server.kill();
    expect(page).toContain('streamCompletion');
  },
  hasPython ? it : it.skip,
);

it('every block is run or excepted, and no exception is out of date', () => {
  const left = findLeftBlocks();
  const isExcepted = (exception: CommandException, { page, block }: DocumentedBlock): boolean =>
    page === exception.page && block.startsWith(exception.begins ?? '');
  expect(left.filter((block) => !commandExceptions.some((exception) => isExcepted(exception, block)))).toEqual([]);
  expect(commandExceptions.filter((exception) => !left.some((block) => isExcepted(exception, block)))).toEqual([]);
  expect(documentedBlocks.length - left.length).toBeGreaterThan(10);
});
