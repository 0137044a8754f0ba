// The tables of settings against the code: every variable that is read, with its default, and no other.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCompletionConfig } from '../../lib/config/read-config.ts';
import {
  completionSettings,
  playgroundSettings,
  queueWorkerSettings,
  tokenRefreshSettings,
} from '../../lib/config/variables.ts';
import { createHandlerEnvironment, createWorkerEnvironment } from '../../local/handler-environment.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { pages, readCode, readDocument, readRows, readServiceParameters } from './read-document.ts';

/** Set by the stack and by the local run, which know what to say; nobody else does. */
const wiring = [
  'BEARER_SECRET_ID',
  'CLIENTS_SECRET_ID',
  'CREDENTIALS_SECRET_ID',
  'OPENAI_KEY_SECRET_ID',
  'PLAYGROUND_GATEWAY_URL',
  'RESULTS_BUCKET',
  'RESULTS_QUEUE_URL',
  'SERVICE_NAME',
  'TOKEN_REFRESH_FUNCTION',
  'TOKEN_SECRET_ID',
];
/** The AWS SDK's own. */
const ofTheSdk = ['AWS_ACCESS_KEY_ID', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY'];

const schemas = [completionSettings(), queueWorkerSettings(), tokenRefreshSettings(), playgroundSettings()];
const fields = Object.fromEntries(schemas.flatMap(({ shape }) => Object.entries(shape)));
const secrets = { CLIENTS_SECRET_ID: 'unread', TOKEN_SECRET_ID: 'unread', TOKEN_REFRESH_FUNCTION: 'unread' };

/** The default of a variable as one would write it; undefined when there is none. */
function writeDefault(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(',');
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

const functionDefaults: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, writeDefault(field.safeParse(undefined).data)]),
  ),
  QIANFAN_AUTH: readCompletionConfig(secrets).upstreams.find((upstream) => upstream.name === 'qianfan-v1')?.auth.kind,
};

const local = readLocalSettings({});
const localDefaults: Readonly<Record<string, string | undefined>> = {
  PORT: String(local.port),
  SIMULATOR_PORT: String(local.simulatorPort),
  AWS_PORT: String(local.awsPort),
  OPENAI_AUTH: local.usesBearerToken ? 'bearer_token' : 'api_key',
  CLIENTS: JSON.stringify(local.clients),
};

/** What `npm start` says to the functions when nobody says anything. */
const localEnvironment = {
  ...createHandlerEnvironment(local, { qianfanV1: 'unread', openai: 'unread', iam: 'unread', aws: 'unread' }, {}),
  ...createWorkerEnvironment({ resultsUrl: 'unread', bucket: undefined }),
};
const { defaults: parameterDefaults, byVariable } = readServiceParameters();

/** The variables that the local run reads from its environment. */
function findLocalVariables(): string[] {
  const seen = new Set<string>();
  const environment = new Proxy<Record<string, string>>({}, { get: (_target, name) => void seen.add(String(name)) });
  createHandlerEnvironment(
    readLocalSettings(environment),
    { qianfanV1: '', openai: '', iam: '', aws: '' },
    environment,
  );
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  for (const path of globSync('local/*.ts', { cwd })) {
    const source = readDocument(path);
    for (const [, name = ''] of source.matchAll(/\benv(?:ironment)?(?:\.|\[')([A-Z][A-Z_]+)/g)) seen.add(name);
  }
  return [...seen];
}

interface Setting {
  readonly name: string;
  readonly defaultCell: string;
}

/** Tables whose first column is a variable and whose second is a default; one row may have several of each. */
function readSettings(page: string): Setting[] {
  return readRows(page, [/^(?:variable|变量)$/, /^(?:default|默认值)$/]).flatMap(([first = '', second = '']) => {
    const names = readCode(first);
    const cells = second.split(/\u3001|, /);
    return names.map((name, index) => ({
      name,
      defaultCell: (cells.length === names.length ? cells[index] : undefined) ?? second,
    }));
  });
}

/** Says what is wrong with a cell such as: `10`; local with the simulator: `1000`. */
function findFaults({ name, defaultCell }: Setting): string[] {
  const [first = '', ...others] = defaultCell.split(/[;\uFF1B] */);
  const known = { ...functionDefaults, ...localDefaults }[name];
  const faults = [];
  const isLiteral = /^`[^`]*`$/.test(first);
  if ((isLiteral ? readCode(first)[0] : undefined) !== known)
    faults.push(`${name}: ${known ?? 'no default'}, not ${first}`);
  for (const other of others.filter((text) => /[:\uFF1A] *`[^`]*`$/.test(text))) {
    const isLocal = /^(?:local|本地)/.test(other);
    const expected = isLocal ? localEnvironment[name as never] : parameterDefaults.get(byVariable.get(name) ?? '');
    if (readCode(other).at(-1) !== expected) faults.push(`${name}: ${String(expected)}, not ${other}`);
  }
  return faults;
}

describe.each(['README.md', 'README.zh-CN.md'])('%s', (page) => {
  const settings = readSettings(page);
  const names = settings.map(({ name }) => name).toSorted();

  it('has every variable that is read, and no other', () => {
    const read = new Set([...Object.keys(functionDefaults), ...findLocalVariables()]);
    const expected = [...read].filter((name) => !wiring.includes(name) && !ofTheSdk.includes(name));
    expect(names).toEqual(expected.toSorted());
    expect(names.length).toBeGreaterThan(35);
  });
});

it.each(pages.filter((page) => readSettings(page).length > 0))('%s gives the defaults that hold', (page) => {
  expect(readSettings(page).flatMap(findFaults)).toEqual([]);
});

it('the stack says what only it can say, and its parameters have the same defaults unless the README says another', () => {
  const service = readDocument('serverless.yml');
  expect(wiring.filter((name) => !(name in functionDefaults) || !service.includes(`${name}:`))).toEqual([]);
  const other = [...byVariable].filter(([name, parameter]) => {
    const value = parameterDefaults.get(parameter);
    return value !== '' && value !== functionDefaults[name];
  });
  expect(other.map(([name]) => name)).toEqual(['QUEUE_REQUESTS_PER_MINUTE', 'QUEUE_MAXIMUM_CONCURRENCY']);
});
