// `npm run deploy:check`: says in plain words what keeps a deployment from succeeding, before anything is deployed.
import { existsSync } from 'node:fs';
import { ConfigError } from '../lib/config/faults.ts';
import { readCompletionConfig, readQueueWorkerConfig } from '../lib/config/read-config.ts';
import { createAwsAccount } from './deploy/aws-account.ts';
import type { AwsAccount } from './deploy/aws-account.ts';
import { checkAccount } from './deploy/check-account.ts';
import { checkFunctionNames, checkSecretNames } from './deploy/check-names.ts';
import { findParameterFaults, readParameters } from './deploy/check-parameters.ts';
import { parseDeployArguments } from './deploy/deploy-arguments.ts';
import type { DeployArguments } from './deploy/deploy-arguments.ts';
import { formatFindings, formatSteps } from './deploy/finding.ts';
import type { Finding } from './deploy/finding.ts';
import { findKeySecrets, noteUnfilledKeys } from './deploy/key-secrets.ts';
import type { SecretStates } from './deploy/key-secrets.ts';
import { describeNextSteps } from './deploy/next-steps.ts';
import { resolveService, ServiceError, serverlessScript } from './deploy/resolve-service.ts';
import type { ResolvedService } from './deploy/resolve-service.ts';

export interface DeploymentCheck {
  readonly findings: readonly Finding[];
  /** Where Serverless is to deploy; undefined when there is no region. */
  readonly region: string | undefined;
  /** What is to be done once it is deployed. */
  readonly nextSteps: readonly string[];
}

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
  const faults = findParameterFaults(readParameters(deployArguments)).map(missing);
  if (service instanceof ServiceError) {
    // What it says of a parameter that is named already helps nobody.
    const refusal = faults.length > 0 ? faults : [missing(`Serverless refuses the settings: ${service.message}`)];
    return { findings: [...machine, ...refusal], region, nextSteps: [] };
  }
  const settings = [
    ...checkNames(deployArguments, service),
    ...checkFunctionNames(service, stage),
    ...faults,
    ...checkSettings(service),
  ];
  const isReady = machine.every(({ kind }) => kind !== 'missing');
  const ofAccount = isReady ? await checkAccount(account, service) : [];
  const states = isReady ? await readSecretStates(account, service) : {};
  const keys = noteUnfilledKeys(findKeySecrets(service, stage), states);
  const nextSteps = describeNextSteps({ service, stage, region: region ?? '<region>', profile, states });
  return {
    findings: [...machine, ...settings, ...ofAccount, ...checkSecretNames(service, states), ...keys],
    region,
    nextSteps,
  };
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
function checkNames({ parameters }: DeployArguments, { parameterNames }: ResolvedService): readonly Finding[] {
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

async function readSecretStates(account: AwsAccount, { secretNames }: ResolvedService): Promise<SecretStates> {
  const states = secretNames.map(async (id) => {
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
