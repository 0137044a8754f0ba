// Packages the project and looks into the bundles. What is deployed around them is checked in package/.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { buildFunctions } from '../build/bundle.ts';
import type { BuiltFunction } from '../build/bundle.ts';
import { copyProject, readAllFunctionNames, readFunctionNames } from './package/package-service.ts';
import type { ProjectCopy } from './package/package-service.ts';
import { readPackagedFunctions } from './runtime-client/packaged-functions.ts';
import type { PackagedFunctions } from './runtime-client/packaged-functions.ts';

const functionNames = readAllFunctionNames();
/** What is switched off is built all the same, and not packaged. */
const packagedNames = readFunctionNames();

let project: ProjectCopy;
let packaged: PackagedFunctions;
let builtFunctions: readonly BuiltFunction[];

beforeAll(async () => {
  project = copyProject();
  packaged = await readPackagedFunctions();
  builtFunctions = await buildFunctions(project.directory);
}, 120_000);

afterAll(() => project.remove());

/** Lists a zip archive by its central directory. */
function listZip(path: string): readonly string[] {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const names: string[] = [];
  let offset = zip.readUInt32LE(end + 16);
  for (let remaining = zip.readUInt16LE(end + 10); remaining > 0; remaining -= 1) {
    const nameLength = zip.readUInt16LE(offset + 28);
    names.push(zip.toString('utf8', offset + 46, offset + 46 + nameLength));
    offset += 46 + nameLength + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
  }
  return names;
}

function builtFunction(name: string): BuiltFunction {
  const found = builtFunctions.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`functions/${name}.ts was not built`);
  return found;
}

/** Returns the sources that are part of some chunks of a bundle, or of all. */
function sourcesIn(
  { metafile }: BuiltFunction,
  chunks: readonly string[] = Object.keys(metafile.outputs),
): readonly string[] {
  return chunks.flatMap((chunk) =>
    Object.entries(metafile.outputs[chunk]?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([source]) => source),
  );
}

/** Returns the chunks that are evaluated when the function is loaded. */
function chunksLoadedFirst({ name, metafile }: BuiltFunction): readonly string[] {
  const chunks = new Set<string>([`dist/${name}/index.mjs`]);
  for (const chunk of chunks) {
    const imports = metafile.outputs[chunk]?.imports ?? [];
    for (const { path, kind, external } of imports) {
      if (kind === 'import-statement' && external !== true) chunks.add(path);
    }
  }
  return [...chunks];
}

describe('the bundles', () => {
  it('have an entry that exports the handler', () => {
    expect(builtFunctions.map(({ name }) => name)).toEqual(functionNames);
    for (const { name, metafile } of builtFunctions) {
      expect(metafile.outputs[`dist/${name}/index.mjs`]?.exports).toContain('handler');
    }
  });

  it('of the functions that AWS invokes look for no profiles of the AWS SDK, which no sandbox has', () => {
    for (const name of ['completion', 'queue-worker', 'token-refresh']) {
      const sources = sourcesIn(builtFunction(name));
      expect(sources.some((source) => source.endsWith('shared-ini-file-loader/readFile.js'))).toBe(true);
      expect(sources.filter((source) => source.includes('node:fs/promises'))).toEqual([]);
    }
  });

  it('hold none of the event streams of the AWS SDK, which no command that is sent has', () => {
    const sources = builtFunctions.flatMap((built) => sourcesIn(built));
    expect(sources.filter((source) => /event-?streams?\//.test(source))).toEqual([]);
    // Where the SDK would load them there is what says that they are missing.
    for (const name of ['completion', 'queue-worker', 'token-refresh']) {
      expect(sourcesIn(builtFunction(name))).toContain('build/no-event-streams.ts');
    }
  });

  it('are packaged whole, one archive for each function, and nothing with them', () => {
    for (const { name, metafile } of builtFunctions.filter((built) => packagedNames.includes(built.name))) {
      expect(listZip(packaged.archiveOf(name)).toSorted()).toEqual(Object.keys(metafile.outputs).toSorted());
    }
  });

  it('of playground serves its page from where it was put, without any setting', async () => {
    // As the runtime of Lambda calls it, in a process of its own.
    const script = `
      globalThis.awslambda = {
        streamifyResponse: (handler) => handler,
        HttpResponseStream: { from: (stream, head) => (console.log(JSON.stringify(head)), stream) },
      };
      const entry = './dist/playground/index.mjs';
      const { handler } = await import(entry);
      const { PassThrough } = await import('node:stream');
      for (const path of ['/dev/playground', '/dev/playground/app.js']) {
        const stream = new PassThrough();
        stream.on('data', (part) => console.log(part.length));
        const event = { httpMethod: 'GET', path, headers: {}, requestContext: { path, requestId: 'r' }, body: null };
        await handler(event, stream, { getRemainingTimeInMillis: () => 10_000 });
      }`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: project.directory,
      env: {},
    });
    expect(stdout).toMatch(
      /"statusCode":200[^]*text\/html[^]*\n\d{3}\n[^]*"statusCode":200[^]*text\/javascript[^]*\n\d{5,6}\n/,
    );
    const isSdk = (source: string): boolean => /node_modules\/@(?:aws-sdk|smithy)\//.test(source);
    expect(sourcesIn(builtFunction('playground')).filter(isSdk)).toEqual([]);
  });

  it('of completion is at most 700 KB', () => {
    expect(builtFunction('completion').totalBytes).toBeLessThanOrEqual(700_000);
  });

  it('of completion holds the AWS SDK and evaluates none of it before it is needed', () => {
    const isSdk = (source: string): boolean => /node_modules\/@(?:aws-sdk|smithy)\//.test(source);
    const completion = builtFunction('completion');
    expect(sourcesIn(completion).filter(isSdk)).not.toEqual([]);
    expect(sourcesIn(completion, chunksLoadedFirst(completion)).filter(isSdk)).toEqual([]);
  });

  it('of completion holds the OpenAPI document and evaluates it only when it is asked for', () => {
    const isDocument = (source: string): boolean => source === 'docs/openapi.json';
    const completion = builtFunction('completion');
    expect(sourcesIn(completion).filter(isDocument)).toHaveLength(1);
    expect(sourcesIn(completion, chunksLoadedFirst(completion)).filter(isDocument)).toEqual([]);
  });

  it('hold nothing that generates the OpenAPI document', () => {
    const sources = builtFunctions.flatMap((built) => sourcesIn(built));
    expect(sources.filter((source) => /^scripts\/openapi|zod\/v4\/core\/.*json-schema/.test(source))).toEqual([]);
  });

  it('hold none of the languages of zod but English', () => {
    const sources = builtFunctions.flatMap((built) => sourcesIn(built));
    expect(sources.filter((source) => /zod\/v4\/locales\/(?!en\.)/.test(source))).toEqual([]);
  });
});
