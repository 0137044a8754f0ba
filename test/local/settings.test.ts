// The environment of the local run becomes settings, or a list of everything that is wrong with it.
import { ConfigError } from '../../lib/config/faults.ts';
import type { Environment } from '../../lib/config/faults.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { demoKeys } from '../../local/upstream-keys.ts';

const real = { QIANFAN_BASE_URL: 'https://qianfan.test' };
const oauth = { QIANFAN_AK: 'ak', QIANFAN_SK: 'sk' };
const iam = { QIANFAN_ACCESS_KEY: 'access', QIANFAN_SECRET_KEY: 'secret' };

function findFaults(environment: Environment): readonly string[] {
  try {
    readLocalSettings(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

it('needs nothing', () => {
  const { models, ...settings } = readLocalSettings({});
  expect(settings).toEqual({
    port: 8787,
    simulatorPort: 8788,
    awsPort: 4566,
    upstreams: ['qianfan-v1'],
    openaiBaseUrl: undefined,
    openaiApiKey: 'demo-bearer-key',
    usesBearerToken: false,
    baseUrl: undefined,
    keys: demoKeys,
    auth: 'access_token',
    clients: [{ id: 'demo', secret: 'demo-secret' }],
    awsEndpointUrl: undefined,
  });
  expect(JSON.parse(models ?? '')).toEqual({
    'Yi-34B': 'yi_34b',
    'AquilaCode-multi': 'aquilacode_multi',
    'Cerebras-GPT-13B': 'cerebras_gpt_13b',
    'Pythia-12B': 'pythia_12b',
    'GPT-J-6B': 'gpt_j_6b',
    'GPT-NeoX-20B': 'gpt_neox_20b',
    'GPT4All-J': 'gpt4all_j',
    StarCoder: 'starcoder',
    'StableLM-Alpha-7B': 'stablelm_alpha_7b',
  });
});

it('takes empty variables for absent ones', () => {
  expect(readLocalSettings({ PORT: '', QIANFAN_BASE_URL: ' ', QIANFAN_AK: '', CLIENTS: '', MODELS: '' })).toEqual(
    readLocalSettings({}),
  );
});

it('takes ports, 0 among them, and an emulator of the user', () => {
  const AWS_ENDPOINT_URL = 'http://127.0.0.1:4567';
  const settings = readLocalSettings({ PORT: '0', SIMULATOR_PORT: '65535', AWS_PORT: ' 80 ', AWS_ENDPOINT_URL });
  expect(settings).toMatchObject({ port: 0, simulatorPort: 65_535, awsPort: 80, awsEndpointUrl: AWS_ENDPOINT_URL });
});

it.each([
  ['the OAuth pair', oauth, oauth, 'access_token'],
  ['the IAM pair', iam, iam, 'iam'],
  ['both pairs', { ...oauth, ...iam }, { ...oauth, ...iam }, 'access_token'],
  ['both pairs and a choice', { ...oauth, ...iam, QIANFAN_AUTH: 'iam' }, { ...oauth, ...iam }, 'iam'],
  ['a choice alone', { QIANFAN_AUTH: 'iam' }, demoKeys, 'iam'],
])('works with the keys it is given: %s', (_title, environment, keys, auth) => {
  expect(readLocalSettings(environment)).toMatchObject({ keys, auth });
});

it('gives another upstream than the simulator neither demo keys nor demo models', () => {
  const settings = readLocalSettings({ ...real, ...iam });
  expect(settings).toMatchObject({ baseUrl: 'https://qianfan.test', keys: iam, auth: 'iam', models: undefined });
});

it('takes models and clients in place of its own', () => {
  const MODELS = '{"StarCoder":"lbwxxxd4_starcoder"}';
  const clients = [{ id: 'a', secret: 'b', models: ['StarCoder'] }];
  expect(readLocalSettings({ MODELS, CLIENTS: JSON.stringify(clients) })).toMatchObject({ models: MODELS, clients });
});

const clientsFault = 'CLIENTS must be a JSON array of {"id", "secret", "models"?, "limits"?}, with at least one record';
const portFault = 'PORT must be a port number from 0 to 65535';

it.each<[Environment, string]>([
  [{ PORT: 'abc' }, portFault],
  [{ PORT: '65536' }, portFault],
  [{ PORT: '-1' }, portFault],
  [{ PORT: '1.5' }, portFault],
  [{ SIMULATOR_PORT: 'x' }, 'SIMULATOR_PORT must be a port number from 0 to 65535'],
  [{ AWS_PORT: 'x' }, 'AWS_PORT must be a port number from 0 to 65535'],
  [{ AWS_ENDPOINT_URL: 'localhost:4566' }, 'AWS_ENDPOINT_URL must be an http or https URL'],
  [{ CLIENTS: '{' }, clientsFault],
  [{ CLIENTS: '[]' }, clientsFault],
  [{ CLIENTS: '[{"id":"a"}]' }, clientsFault],
  [{ CLIENTS: '[{"id":"","secret":"b"}]' }, clientsFault],
  [{ CLIENTS: '[{"id":"a","secret":"b"},{"id":"a","secret":"c"}]' }, 'CLIENTS must not name an id twice'],
  [{ QIANFAN_AUTH: 'basic' }, 'QIANFAN_AUTH must be access_token or iam'],
  [{ ...iam, QIANFAN_AUTH: 'access_token' }, 'QIANFAN_AK and QIANFAN_SK must be set when QIANFAN_AUTH is access_token'],
  [{ ...oauth, QIANFAN_AUTH: 'iam' }, 'QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY must be set when QIANFAN_AUTH is iam'],
  [{ QUEUE_REQUESTS_PER_MINUTE: '-1' }, 'QUEUE_REQUESTS_PER_MINUTE must be a number above 0, at most 1000000'],
  [{ QIANFAN_AK: 'a' }, 'QIANFAN_SK must be set too: of QIANFAN_AK and QIANFAN_SK only one is set'],
  [
    real,
    'QIANFAN_AK and QIANFAN_SK, or QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY must be set when QIANFAN_BASE_URL is set',
  ],
])('refuses %j', (environment, fault) => {
  expect(findFaults(environment)).toEqual([fault]);
});

it('reports all faults at once, those of the functions too', () => {
  const faults = findFaults({
    PORT: 'x',
    CLIENTS: 'x',
    QIANFAN_AUTH: 'x',
    MODELS: 'x',
    QIANFAN_BASE_URL: 'x',
    QUEUE_REQUESTS_PER_MINUTE: 'x',
    ...oauth,
  });
  const names = new Set(faults.map((fault) => fault.split(' ')[0]));
  expect(names).toEqual(
    new Set(['CLIENTS', 'MODELS', 'PORT', 'QIANFAN_AUTH', 'QIANFAN_BASE_URL', 'QUEUE_REQUESTS_PER_MINUTE']),
  );
  expect(faults).toHaveLength(names.size);
});

it('quotes no value in a fault', () => {
  const canary = 'canary-value';
  const names = ['PORT', 'CLIENTS', 'QIANFAN_AUTH', 'QIANFAN_AK', 'QIANFAN_SECRET_KEY', 'MODELS', 'QIANFAN_BASE_URL'];
  const faults = findFaults(Object.fromEntries(names.map((name) => [name, canary])));
  expect(faults.length).toBeGreaterThanOrEqual(names.length);
  expect(faults.join()).not.toContain(canary);
});
