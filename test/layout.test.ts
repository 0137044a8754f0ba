// Checks the rules of the tree: which room may import which, and how a source file begins and is named.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface SourceFile {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly source: string;
}

interface Rule {
  readonly fact: string;
  /** Returns one line for each violation. */
  readonly findViolations: (files: readonly SourceFile[]) => readonly string[];
  /** Trees that break the rule, each as path → source. */
  readonly broken: readonly Readonly<Record<string, string>>[];
}

/** Drops the lines that are comments: what they say of imports is not an import. */
function codeOf({ source }: SourceFile): string {
  return source
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n');
}

/** Returns what a file imports, dynamically too: paths from the root, or names of packages. */
function importsOf(file: SourceFile): readonly string[] {
  const code = codeOf(file);
  const fixed = code.matchAll(/^(?:im|ex)port\s+(type\s+)?(?:[\w*{][^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]/gm);
  const dynamic = code.matchAll(/\bimport\((\s*)['"`]([^'"`]+)['"`]/g);
  return [...fixed, ...dynamic].map(([, , name = '']) =>
    name.startsWith('.') ? posix.join(posix.dirname(file.path), name) : name,
  );
}

/** Matches a path by the files and directories (`name/`) it may be or be in. */
const within =
  (...places: readonly string[]) =>
  (path: string): boolean =>
    places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)));

const isProjectFile = within('functions/', 'lib/', 'local/', 'playground/', 'cli/', 'lab/', 'build/', 'test/');

type Test<Value> = (value: Value) => boolean;

const findImports =
  (isSubject: Test<string>, isForbidden: Test<string>): Rule['findViolations'] =>
  (files) =>
    files
      .filter(({ path }) => isSubject(path))
      .flatMap((file) => importsOf(file).map((target) => ({ path: file.path, target })))
      .filter(({ target }) => isForbidden(target))
      .map(({ path, target }) => `${path} imports ${target}`);

const findFiles =
  (isSubject: Test<string>, isForbidden: Test<SourceFile>): Rule['findViolations'] =>
  (files) =>
    files.filter((file) => isSubject(file.path) && isForbidden(file)).map(({ path }) => path);

/** Whether a pure room may not import a target: it has itself, the files beside the rooms and the packages named. */
const isImpure =
  (room: string, packages: readonly string[]): Test<string> =>
  (target) =>
    isProjectFile(target) ? !target.startsWith(room) && !target.startsWith('lib/core/') : !packages.includes(target);

/** One line for each circle that the arrows make. */
function findCircles(arrows: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const finished = new Set<string>();
  const visit = (place: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(place)) return [[...trail.slice(trail.indexOf(place)), place].join(' → ')];
    if (finished.has(place)) return [];
    const circles = [...(arrows.get(place) ?? [])].flatMap((target) => visit(target, [...trail, place]));
    finished.add(place);
    return circles;
  };
  return [...arrows.keys()].flatMap((place) => visit(place, []));
}

type NameOf = (path: string) => string | undefined;

/** Who imports whom, types included, by what `nameOf` makes of a path; a path without a name is left out. */
function drawArrows(files: readonly SourceFile[], nameOf: NameOf): ReadonlyMap<string, ReadonlySet<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const file of files) {
    const from = nameOf(file.path);
    if (from === undefined) continue;
    const known = arrows.get(from) ?? new Set();
    arrows.set(from, known);
    for (const target of importsOf(file)) {
      const name = nameOf(target);
      // A file of a room may import another one of it, but no file itself.
      if (name !== undefined && (name !== from || target === file.path)) known.add(name);
    }
  }
  return arrows;
}

const fileOf: NameOf = (path) => path;

/** The room of a file of lib: the folder below lib. */
const roomOf: NameOf = (path) => /^lib\/([^/]+)\//.exec(path)?.[1];

/** The rooms of lib, and which others each may import. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  signing: [],
  config: ['core'],
  dialects: ['core'],
  'http-client': ['core'],
  aws: ['core', 'config', 'http-client'],
  token: ['core', 'signing', 'http-client'],
  access: ['core', 'signing', 'http-client'],
  claims: ['core'],
  guards: ['core', 'claims'],
  upstream: ['core', 'dialects', 'signing', 'http-client', 'token'],
  gateway: ['core', 'dialects', 'access', 'guards'],
  queue: ['core', 'dialects', 'claims'],
  lambda: ['core'],
  playground: ['core'],
  app: [
    'core',
    'config',
    'dialects',
    'http-client',
    'aws',
    'token',
    'access',
    'guards',
    'upstream',
    'gateway',
    'queue',
    'lambda',
    'playground',
  ],
};

const findForeignRooms: Rule['findViolations'] = (files) =>
  [...drawArrows(files, roomOf)].flatMap(([room, targets]) =>
    [...targets].filter((target) => !rooms[room]?.includes(target)).map((target) => `${room} imports ${target}`),
  );

const rules: readonly Rule[] = [
  {
    fact: 'lib imports nothing of functions, local, scripts and test',
    findViolations: findImports(within('lib/'), within('functions/', 'local/', 'cli/', 'lab/', 'build/', 'test/')),
    broken: [
      { 'lib/app/create-app.ts': `import { host } from '../../local/host.ts';` },
      { 'lib/token/cache.ts': `const { handler } = await import('../../functions/completion.ts');` },
      { 'lib/dialects/sse.ts': `import {\n  type Fixture,\n  fixture,\n} from '../../test/doubles/fixture.ts';` },
    ],
  },
  {
    fact: 'a room of lib imports only the rooms that it may',
    findViolations: findForeignRooms,
    broken: [
      { 'lib/gateway/router.ts': `import type { App } from '../app/create-app.ts';` },
      { 'lib/core/errors.ts': `import type { Clock } from '../config/shape.ts';` },
      { 'lib/lambda/stream.ts': `import { encode } from '../dialects/openai/completions.ts';` },
      { 'lib/dialects/sse.ts': `const sdk = await import('../aws/s3.ts');` },
      { 'lib/attic/box.ts': `import { parseJson } from '../core/json.ts';` },
    ],
  },
  {
    fact: 'only lib/app and the queue import the operations of a dialect',
    findViolations: findImports(
      (path) => within('lib/')(path) && !within('lib/app/', 'lib/dialects/', 'lib/queue/')(path),
      (target) => /^lib\/dialects\/(?:qianfan-v1|openai)\/(?:completions|chat)\.ts$/.test(target),
    ),
    broken: [{ 'lib/gateway/router.ts': `import { openAiCompletions } from '../dialects/openai/completions.ts';` }],
  },
  {
    fact: 'lib/dialects/openai knows nothing of the other dialects',
    findViolations: findImports(
      within('lib/dialects/openai/'),
      within('lib/dialects/qianfan-v1/', 'lib/dialects/queue/'),
    ),
    broken: [{ 'lib/dialects/openai/error.ts': `import { decodeV1Error } from '../qianfan-v1/error.ts';` }],
  },
  {
    fact: 'lib/dialects/qianfan-v1 knows nothing of the other dialects',
    findViolations: findImports(
      within('lib/dialects/qianfan-v1/'),
      within('lib/dialects/openai/', 'lib/dialects/queue/'),
    ),
    broken: [{ 'lib/dialects/qianfan-v1/error.ts': `import type { Choice } from '../openai/choice.ts';` }],
  },
  {
    fact: 'lib/access/sign-in imports nothing of the rest of lib/access, which imports it',
    findViolations: findImports(
      within('lib/access/sign-in/'),
      (target) => within('lib/access/')(target) && !within('lib/access/sign-in/')(target),
    ),
    broken: [{ 'lib/access/sign-in/sign-in.ts': `import type { Client } from '../clients.ts';` }],
  },
  {
    fact: 'playground, which runs in a browser, imports what needs nothing else: of lib only what has no I/O',
    findViolations: findImports(
      within('playground/'),
      (target) => !within('playground/', 'lib/core/json.ts', 'lib/dialects/sse.ts', 'preact', 'preact/hooks')(target),
    ),
    broken: [
      { 'playground/main.ts': `import { completionModels } from '../lib/access/clients.ts';` },
      { 'playground/call/send.ts': `import { request } from 'node:http';` },
    ],
  },
  {
    fact: 'lib/dialects imports no I/O',
    findViolations: findImports(within('lib/dialects/'), isImpure('lib/dialects/', ['zod', 'zod/mini'])),
    broken: [
      { 'lib/dialects/sse.ts': `import { Readable } from 'node:stream';` },
      { 'lib/dialects/sse.ts': `import type { Clock } from '../platform/clock.ts';` },
      { 'lib/dialects/openai.ts': `import { config } from '../config.ts';` },
      { 'lib/dialects/openai.ts': `import { request } from 'undici';` },
    ],
  },
  {
    fact: 'lib/signing imports node:crypto and no I/O',
    findViolations: findImports(within('lib/signing/'), isImpure('lib/signing/', ['node:crypto'])),
    broken: [
      { 'lib/signing/sign.ts': `import { readFileSync } from 'node:fs';` },
      { 'lib/signing/sign.ts': `import { send } from '../upstream/send.ts';` },
    ],
  },
  {
    fact: 'only lib/aws imports the AWS SDK, in lib and functions',
    findViolations: findImports(
      (path) => within('functions/', 'lib/')(path) && !within('lib/aws/')(path),
      within('@aws-sdk/', '@smithy/'),
    ),
    broken: [
      { 'lib/token/store.ts': `import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';` },
      { 'functions/completion.ts': `const sdk = await import('@aws-sdk/client-lambda');` },
    ],
  },
  {
    fact: 'only lib/config/read-config.ts reads the environment, in lib and functions',
    findViolations: findFiles(
      (path) => within('functions/', 'lib/')(path) && path !== 'lib/config/read-config.ts',
      (file) =>
        /\bprocess\s*\??\.\s*(?:\[\s*['"])?env\b|\bprocess\s*\[|=\s*process\s*[;,)]/.test(codeOf(file)) ||
        importsOf(file).some(within('process', 'node:process')),
    ),
    broken: [
      { 'lib/core/log.ts': `const level = process.env['LOG_LEVEL'];` },
      { 'lib/core/log.ts': `const level = process['env'].LOG_LEVEL;` },
      { 'functions/completion.ts': `const { env } = process;` },
      { 'lib/token/store.ts': `import { env } from 'node:process';` },
    ],
  },
  {
    fact: 'functions import only lib/app, lib/config/read-config.ts, lib/lambda and the types of AWS Lambda',
    findViolations: findImports(
      within('functions/'),
      (target) => !within('lib/app/', 'lib/config/read-config.ts', 'lib/lambda/', 'aws-lambda')(target),
    ),
    broken: [
      { 'functions/completion.ts': `import { errorTable } from '../lib/core/errors.ts';` },
      { 'functions/completion.ts': `import { request } from 'node:https';` },
    ],
  },
  {
    fact: 'functions have at most 60 lines',
    findViolations: findFiles(within('functions/'), ({ source }) => source.trimEnd().split('\n').length > 60),
    broken: [{ 'functions/completion.ts': 'call();\n'.repeat(61) }],
  },
  {
    fact: 'lib and functions import by literal names, so that the rules above see every import',
    findViolations: findFiles(within('functions/', 'lib/'), (file) =>
      /\bimport\((?!\s*['"`][^'"`$]+['"`])|\bcreateRequire\b|\brequire\(/.test(codeOf(file)),
    ),
    broken: [
      { 'lib/aws/sdk.ts': 'await import(name);' },
      { 'lib/aws/sdk.ts': 'await import(`@aws-sdk/${name}`);' },
      { 'lib/aws/sdk.ts': `require('@aws-sdk/client-sqs');` },
    ],
  },
  {
    fact: 'no file is named utils, helpers, types or index',
    findViolations: findFiles(
      () => true,
      ({ path }) => /(?:^|\/)(?:utils?|helpers?|types?|index)\.ts$/.test(path),
    ),
    broken: [{ 'lib/dialects/index.ts': '' }, { 'lib/utils.ts': '' }, { 'test/doubles/helpers.ts': '' }],
  },
  {
    fact: 'imports form no circle of files, types included',
    findViolations: (files) => findCircles(drawArrows(files, fileOf)),
    broken: [
      {
        'lib/a.ts': `import { b } from './b.ts';`,
        'lib/b.ts': `export { c } from './c.ts';`,
        'lib/c.ts': `import './a.ts';`,
      },
      { 'lib/a.ts': `import type { B } from './b.ts';`, 'lib/b.ts': `import type { A } from './a.ts';` },
      { 'lib/a.ts': `await import('./a.ts');` },
    ],
  },
  {
    fact: 'imports form no circle of rooms, types included',
    findViolations: (files) => findCircles(drawArrows(files, roomOf)),
    broken: [
      {
        'lib/core/a.ts': `import type { B } from '../token/b.ts';`,
        'lib/token/b.ts': `import { sign } from '../signing/sign.ts';`,
        'lib/signing/sign.ts': `await import('../core/clock.ts');`,
      },
    ],
  },
  {
    fact: 'no file has a default export',
    findViolations: findFiles(
      () => true,
      (file) => /^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m.test(codeOf(file)),
    ),
    broken: [{ 'lib/a.ts': 'export default 1;' }, { 'lib/a.ts': 'const a = 1;\nexport { a as default };' }],
  },
  {
    fact: 'every source file begins with a line that says what it is for',
    findViolations: findFiles(
      (path) => !within('test/')(path),
      ({ source }) => !/^\/\/ \S/.test(source),
    ),
    broken: [{ 'lib/a.ts': `import './b.ts';` }, { 'lib/a.ts': '\n// Late.' }, { 'lib/a.ts': '//\n' }],
  },
  {
    fact: 'relative imports name the .ts file',
    findViolations: findImports(
      () => true,
      (target) => isProjectFile(target) && !/\.tsx?$/.test(target),
    ),
    broken: [{ 'lib/a.ts': `import { b } from './b';` }, { 'lib/a.ts': `export * from './b.js';` }],
  },
];

function readTree(): readonly SourceFile[] {
  const root = fileURLToPath(new URL('..', import.meta.url));
  return ['functions', 'lib', 'local', 'playground', 'cli', 'lab', 'build', 'test'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .map((path) => join(directory, path))
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => ({ path: path.split(sep).join('/'), source: readFileSync(join(root, path), 'utf8') })),
  );
}

describe('the tree', () => {
  const tree = readTree();

  it('is read with its imports', () => {
    const completion = tree.find(({ path }) => path === 'lib/core/completion.ts');
    expect(completion && importsOf(completion)).toEqual(['lib/core/errors.ts', 'lib/core/models.ts']);
  });

  it.each(rules)('keeps the rule: $fact', ({ findViolations }) => {
    expect(findViolations(tree)).toEqual([]);
  });
});

describe('a tree that breaks the rule is found out', () => {
  const examples = rules.flatMap(({ fact, findViolations, broken }) =>
    broken.map((files, index) => ({ fact, findViolations, files, number: index + 1 })),
  );

  it.each(examples)('$fact ($number)', ({ findViolations, files }) => {
    expect(findViolations(Object.entries(files).map(([path, source]) => ({ path, source })))).toHaveLength(1);
  });
});
