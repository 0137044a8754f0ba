// `npm run keys`: creates, lists and revokes the keys of the gateway's clients, in the clients secret.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { ClientRecordLimits } from '../lib/core/caller.ts';
import { clientsSchema } from '../lib/access/clients.ts';
import type { Client } from '../lib/access/clients.ts';
import { highestLimit } from '../lib/core/limits.ts';
import { createSecretStore } from '../lib/aws/secret-store.ts';
import { secretIds } from '../local/handler-environment.ts';

const usage = `usage: npm run keys -- <command> [--stage <stage>]

  create <id> [options]   adds a client and prints its secret, once
  list                    shows the clients, without their secrets
  revoke <id>             removes a client; it is refused within a minute

  --stage <stage>             a deployed stage, with the AWS credentials and region of the environment;
                              default: the local run on this machine ("npm start")
  --models <names>            what the client may call, separated by commas; default: everything
  --requests-per-minute <n>   how many requests the client may send in a minute; default: as the stage is configured
  --tokens-per-day <n>        how many tokens it may use in a day of UTC; default: likewise`;

/** A mistake of the user, shown without a stack trace. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const secrets = createSecretStore();
const signal = AbortSignal.timeout(30_000);

/** Reads the list, applies `change`, and writes the result. If two people do this at the same time, the last write wins. */
async function updateClients(secretId: string, change: (clients: readonly Client[]) => Client[]): Promise<void> {
  await secrets.write(secretId, change(await readClients(secretId)));
}

async function readClients(secretId: string): Promise<readonly Client[]> {
  const secret = await secrets.read(secretId, signal);
  if (secret === undefined)
    throw new UsageError(`There is no secret ${secretId}; is the stage deployed in this region?`);
  const parsed = clientsSchema().safeParse(secret.value);
  if (!parsed.success)
    throw new UsageError(`The secret ${secretId} does not hold a list of clients; it was not changed`);
  return parsed.data;
}

async function create(secretId: string, id: string, rights: Pick<Client, 'models' | 'limits'>): Promise<void> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id))
    throw new UsageError('An id must have 1 to 64 characters: letters, digits, _ and -');
  // 256 bits, in letters that need no encoding in a query, a header or a shell.
  const secret = randomBytes(32).toString('base64url');
  await updateClients(secretId, (clients) => {
    if (clients.some((client) => client.id === id)) throw new UsageError(`There is a client ${id} already`);
    return [...clients, { id, secret, ...rights }];
  });
  console.log(`id      ${id}\nsecret  ${secret}\n\nThe secret is not shown again.`);
}

async function list(secretId: string): Promise<void> {
  for (const { id, models, limits } of await readClients(secretId)) {
    const described = models === undefined ? 'all models' : models.join(', ') || 'no model';
    console.log([id, described, ...describeLimits(limits)].join('\t'));
  }
}

function describeLimits({ requests_per_minute: requests, tokens_per_day: tokens }: ClientRecordLimits = {}): string[] {
  return [
    ...(requests === undefined ? [] : [`${requests} requests a minute`]),
    ...(tokens === undefined ? [] : [`${tokens} tokens a day`]),
  ];
}

/** Undefined when the option is not given. */
function readLimit(name: string, text: string | undefined): number | undefined {
  const limit = Number(text);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && limit >= 1 && limit <= highestLimit) return limit;
  throw new UsageError(`${name} must be an integer from 1 to ${highestLimit}`);
}

async function revoke(secretId: string, id: string): Promise<void> {
  await updateClients(secretId, (clients) => {
    const others = clients.filter((client) => client.id !== id);
    if (others.length === clients.length) throw new UsageError(`There is no client ${id}`);
    return others;
  });
  console.log(`${id} is revoked`);
}

/** Returns the id of the clients secret. For the local run, sets its default address unless the environment names one. */
function chooseSecret(stage: string | undefined): string {
  if (stage !== undefined) return `qianfan-serverless/${stage}/clients`;
  process.env['AWS_ENDPOINT_URL'] ??= `http://127.0.0.1:${process.env['AWS_PORT'] || '4566'}`;
  process.env['AWS_REGION'] ??= 'us-east-1';
  process.env['AWS_ACCESS_KEY_ID'] ??= 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local';
  return secretIds.clients;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stage: { type: 'string' },
      models: { type: 'string' },
      'requests-per-minute': { type: 'string' },
      'tokens-per-day': { type: 'string' },
    },
  });
  const [command, id, ...rest] = positionals;
  const secretId = chooseSecret(values.stage);
  const models = values.models?.split(',').map((name) => name.trim());
  const limits = {
    requests_per_minute: readLimit('--requests-per-minute', values['requests-per-minute']),
    tokens_per_day: readLimit('--tokens-per-day', values['tokens-per-day']),
  };
  const isLimited = Object.values(limits).some((limit) => limit !== undefined);
  if (rest.length === 0 && command === 'create' && id !== undefined) {
    return create(secretId, id, { models, ...(isLimited ? { limits } : {}) });
  }
  if (rest.length === 0 && command === 'revoke' && id !== undefined) return revoke(secretId, id);
  if (command === 'list' && id === undefined) return list(secretId);
  throw new UsageError(usage);
}

/** Explains a failure of AWS or of the network, including the name of the error. */
function explain(error: unknown): string {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const isAbsent = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  return isAbsent && endpoint !== undefined
    ? `Nothing answers at ${endpoint}; start the local run with "npm start"`
    : `The clients secret could not be used: ${String(error)}`;
}

try {
  await main();
} catch (error) {
  const isExplained = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  console.error(isExplained ? error.message : explain(error));
  process.exitCode = 1;
}
