// `npm run deploy:check`: says in plain words what keeps a deployment from succeeding, before anything is deployed.
import { existsSync } from 'node:fs';
import { ConfigError } from '../lib/config-faults.ts';
import { readCompletionConfig, readQueueWorkerConfig } from '../lib/config.ts';
import { createAwsAccount, isRefusal, nameOf } from './deploy/aws-account.ts';
import type { AwsAccount, SecretState } from './deploy/aws-account.ts';
import { parseDeployArguments } from './deploy/deploy-arguments.ts';
import type { DeployArguments } from './deploy/deploy-arguments.ts';
import { formatFindings, formatSteps } from './deploy/finding.ts';
import type { Finding } from './deploy/finding.ts';
import { clientsSecretId, describeNextSteps, findKeySecrets } from './deploy/next-steps.ts';
import { resolveService, ServiceError, serverlessScript } from './deploy/resolve-service.ts';
import type { ResolvedService } from './deploy/resolve-service.ts';

export interface DeploymentCheck {
  readonly findings: readonly Finding[];
  /** Where Serverless is to deploy; undefined when there is no region. */
  readonly region: string | undefined;
  /** What is to be done once it is deployed. */
  readonly nextSteps: readonly string[];
}

/** AWS keeps as many executions for functions without a reservation, or all that a new account has. */
const alwaysUnreserved = 100;

/**
 * Checks the machine, the settings and the account, and changes nothing.
 *
 * @param given the arguments for `serverless deploy`.
 * @param resolve asks Serverless what they mean.
 */
export async function checkDeployment(
  given: readonly string[],
  resolve: typeof resolveService = resolveService,
): Promise<DeploymentCheck> {
  const deployArguments = parseDeployArguments(given);
  const { stage, region: givenRegion, profile } = deployArguments;
  const account = createAwsAccount(givenRegion, profile);
  const region = await account.findRegion();
  const machine = [
    ...checkArguments(deployArguments),
    checkNode(process.versions.node),
    checkRegion(region),
    await checkCredentials(account),
    ...checkEndpoint(process.env['AWS_ENDPOINT_URL']),
  ];
  if (!existsSync(serverlessScript)) {
    const text = 'Serverless is not installed: run "npm ci" first';
    return { findings: [...machine, { kind: 'missing', text }], region, nextSteps: [] };
  }
  const service = await resolve(deployArguments).catch((error: unknown) => {
    if (error instanceof ServiceError) return error;
    throw error;
  });
  if (service instanceof ServiceError) {
    const text = `Serverless refuses the settings: ${service.message}`;
    return { findings: [...machine, { kind: 'missing', text }], region, nextSteps: [] };
  }
  const settings = [...checkParameters(deployArguments, service), ...checkSettings(service)];
  const isReady = machine.every(({ kind }) => kind !== 'missing');
  const concurrency = isReady ? await checkConcurrency(account, service) : [];
  const states = isReady ? await readSecretStates(account, service, stage) : {};
  const nextSteps = describeNextSteps({ service, stage, region: region ?? '<region>', states });
  return { findings: [...machine, ...settings, ...concurrency], region, nextSteps };
}

/** Says whether Serverless runs on a version of Node.js. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19);
  return isSupported
    ? { kind: 'ok', text: `Node.js ${version}` }
    : missing(
        `Node.js ${version} is too old for Serverless: "npm ci" installs the right one beside the project, which "npm run" uses`,
      );
}

function checkArguments({ strays }: DeployArguments): readonly Finding[] {
  if (strays.length === 0) return [];
  return [
    missing(
      `"${strays.join(' ')}" belongs to no option: options come after "--", as in npm run deploy -- --stage prod`,
    ),
  ];
}

function checkRegion(region: string | undefined): Finding {
  if (region !== undefined) return { kind: 'ok', text: `region ${region}` };
  return missing('There is no AWS region: add --region <region>, such as ap-southeast-1, or set AWS_REGION');
}

async function checkCredentials(account: AwsAccount): Promise<Finding> {
  const fault = await account.findCredentialsFault();
  if (fault === undefined) return { kind: 'ok', text: 'AWS credentials' };
  return missing(
    `There are no AWS credentials (${fault}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with ` +
      '--aws-profile or AWS_PROFILE and, where it needs that, log in with "aws sso login"',
  );
}

/** The documents of the local run have people set this. */
function checkEndpoint(endpoint: string | undefined): readonly Finding[] {
  if (!endpoint) return [];
  return [missing(`AWS_ENDPOINT_URL is ${endpoint}, which is not AWS: unset it`)];
}

/** Serverless passes over a parameter that nobody asks for. */
function checkParameters({ parameters }: DeployArguments, { parameterNames }: ResolvedService): readonly Finding[] {
  const names = parameters.map((parameter) => parameter.slice(0, parameter.indexOf('=')));
  return names
    .filter((name) => !parameterNames.has(name))
    .map((name) => missing(`serverless.yml has no parameter ${name}; it has ${[...parameterNames].join(', ')}`));
}

/** The functions would refuse them as well, each time they start. */
function checkSettings({ functions }: ResolvedService): readonly Finding[] {
  const readers = { completion: readCompletionConfig, 'queue-worker': readQueueWorkerConfig };
  const faults = Object.entries(readers).flatMap(([name, readConfig]) => {
    try {
      readConfig(functions[name]?.environment ?? {});
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.faults;
    }
  });
  const { UPSTREAM, QIANFAN_AUTH } = functions['completion']?.environment ?? {};
  if (UPSTREAM === 'openai' && QIANFAN_AUTH === 'access_token') {
    return [
      missing(
        'With upstream=openai alone no access_token is used, but one would be asked for each day: add --param=qianfanAuth=none',
      ),
    ];
  }
  if (faults.length === 0) return [{ kind: 'ok', text: 'settings of the functions' }];
  return [...new Set(faults)].map((fault) => missing(`The functions would not start: ${fault}`));
}

async function checkConcurrency(account: AwsAccount, { functions }: ResolvedService): Promise<readonly Finding[]> {
  const wanted = Object.values(functions).filter(({ reservedConcurrency }) => reservedConcurrency !== undefined);
  if (wanted.length === 0) return [];
  try {
    const names = wanted.map(({ deployedName }) => deployedName);
    const { limit, unreserved, reserved } = await account.readConcurrency(names);
    const needed = wanted.reduce(
      (sum, { deployedName, reservedConcurrency = 0 }) => sum + reservedConcurrency - (reserved[deployedName] ?? 0),
      0,
    );
    const isEnough = needed <= 0 || unreserved - needed >= Math.min(alwaysUnreserved, limit);
    if (isEnough) return [{ kind: 'ok', text: `concurrency: ${limit}, of which ${unreserved} are not reserved` }];
    return [
      missing(
        `The account may run ${limit} functions at a time in this region, of which ${unreserved} are not reserved; AWS will ` +
          `not reserve ${needed} more of them. Have the quota "Concurrent executions" of Lambda raised, which is free, or ` +
          'deploy without reservations: --param=refreshConcurrency=shared and no completionConcurrency',
      ),
    ];
  } catch (error) {
    if (isRefusal(error)) return [missing(`AWS does not accept the credentials (${nameOf(error)})`)];
    return [
      {
        kind: 'note',
        text: `The account's concurrency could not be read (${nameOf(error)}); a new account may have too little`,
      },
    ];
  }
}

async function readSecretStates(
  account: AwsAccount,
  service: ResolvedService,
  stage: string,
): Promise<Readonly<Record<string, SecretState>>> {
  const ids = [...findKeySecrets(service, stage).map(({ id }) => id), clientsSecretId(service, stage)];
  const states = ids.map(async (id) => {
    // Whoever may not look is told of all steps.
    const state = await account.describeSecret(id).catch(() => undefined);
    return state === undefined ? [] : [[id, state] as const];
  });
  return Object.fromEntries((await Promise.all(states)).flat());
}

function missing(text: string): Finding {
  return { kind: 'missing', text };
}

if (import.meta.main) {
  const { findings, nextSteps } = await checkDeployment(process.argv.slice(2));
  console.log(formatFindings(findings));
  if (nextSteps.length > 0) console.log(`\nAfter the deployment:\n${formatSteps(nextSteps)}`);
  if (findings.some(({ kind }) => kind === 'missing')) process.exitCode = 1;
}
