// What others do with docs/openapi.json: check it with OpenAPI's own schema, generate a client from it, and call.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalRun } from '../../servers/start-local-run.ts';
import { demoClient } from '../../servers/v1-client.ts';

const run = promisify(execFile);
const toolDirectory = fileURLToPath(new URL('../../../tools/openapi-client', import.meta.url));
const documentPath = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));
const isInstalled = existsSync(join(toolDirectory, 'node_modules', 'openapi-typescript'));
const isRequired = process.env['OPENAPI_CLIENT'] === 'required';

// Installed by `npm ci --prefix tools/openapi-client`; where it is required, as in CI, nothing is skipped.
const describeWithTools = isInstalled || isRequired ? describe : describe.skip;

/** Runs a program of the tool's packages in a directory. */
async function runTool(directory: string, program: string, ...parameters: readonly string[]): Promise<string> {
  const path = join(toolDirectory, 'node_modules', program);
  try {
    return (await run(process.execPath, [path, ...parameters], { cwd: directory })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} failed\n${stdout}${stderr}`, { cause: error });
  }
}

describeWithTools('with the tools of tools/openapi-client', () => {
  let client: string;

  beforeAll(async () => {
    // In there, so that the packages are found.
    client = mkdtempSync(join(toolDirectory, 'generated-'));
    for (const name of ['call-gateway.ts', 'main.mjs', 'package.json', 'tsconfig.json']) {
      cpSync(join(toolDirectory, name), join(client, name));
    }
    await runTool(client, 'openapi-typescript/bin/cli.js', documentPath, '-o', join(client, 'generated', 'gateway.ts'));
  });

  afterAll(() => rmSync(client, { recursive: true, force: true }));

  it('docs/openapi.json is valid by the schema of OpenAPI 3.1', async () => {
    const program = '@seriousme/openapi-schema-validator/bin/validate-api-cli.js';
    expect(JSON.parse(await runTool(client, program, documentPath))).toEqual({ valid: true });
  });

  it('a document that is not is found out', async () => {
    const broken = join(client, 'broken.json');
    writeFileSync(broken, JSON.stringify({ openapi: '3.1.1', info: { title: 't', version: '1' }, paths: { x: {} } }));
    const program = '@seriousme/openapi-schema-validator/bin/validate-api-cli.js';
    const verdict = await runTool(client, program, broken).catch(String);
    expect(verdict).not.toContain('"valid": true');
  });

  it('a generated client calls the gateway in both dialects, and is told of errors', async () => {
    const local = await startLocalRun();
    try {
      const { id, secret } = demoClient;
      const { stdout } = await run(process.execPath, ['main.mjs', local.url, id, secret], { cwd: client });
      const answer = { text: expect.stringMatching(/\w/), tokens: expect.any(Number) };
      expect(JSON.parse(stdout)).toEqual({
        health: 'ok',
        models: expect.arrayContaining(['SQLCoder-7B', 'StarCoder']),
        openAi: answer,
        openAiStream: expect.stringMatching(/^data: .*data: \[DONE\]\n\n$/s),
        openAiRefusal: 'invalid_parameter',
        v1: answer,
        v1Refusal: 336003,
      });
    } finally {
      await local.stop();
    }
  });

  it('the calls fit the generated types, and others do not', async () => {
    const wrong = `import createClient from 'openapi-fetch';
      import type { paths } from './gateway.ts';
      const client = createClient<paths>({ baseUrl: '' });
      await client.POST('/v1/completions', { body: { model: 'm' } });
      await client.POST('/v1/completions', { body: { model: 'm', prompt: 'p', temperature: '1' } });
      await client.GET('/v1/completions');
      await client.GET('/v3/models');
      export {};`;
    writeFileSync(join(client, 'generated', 'wrong.ts'), wrong);
    const failure = await runTool(client, 'typescript/bin/tsc', '--project', client).then(() => '', String);
    const places = [...failure.matchAll(/^(\S+)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
    expect(places).toEqual([4, 5, 6, 7].map((line) => `generated/wrong.ts:${line}`));
  });
});
