// The check before a deployment, against a stand-in for AWS and without any settings of this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { checkDeployment } from '../../../cli/deploy-check.ts';
import type { DeploymentCheck } from '../../../cli/deploy-check.ts';
import type { Finding } from '../../../cli/deploy/finding.ts';
import { resolveService } from '../../../cli/deploy/resolve-service.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

export type Environment = Readonly<Record<string, string>>;

/** What AWS says of the account. */
export interface Account {
  /** Undefined: AWS does not accept the credentials. */
  readonly limits?: { readonly ConcurrentExecutions: number; readonly UnreservedConcurrentExecutions: number };
  /** Whether the credentials may not see the limits. */
  readonly isClosed?: boolean;
  /** What token-refresh has reserved; undefined: it is not deployed. */
  readonly reserved?: number;
  /** The stages of the versions of each secret; a secret that is not here does not exist. */
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** The secrets that are scheduled for deletion. */
  readonly deletedSecrets?: readonly string[];
}

export interface DeployCheckRun {
  /** From now on. */
  readonly setAccount: (account: Account) => void;
  /** How often AWS was asked. */
  readonly countRequests: () => number;
  /** @param environment default: one with a region and credentials. */
  readonly check: (
    parameters: readonly string[],
    environment?: Environment,
  ) => Promise<DeploymentCheck & { readonly out: string }>;
  /** Runs the command. */
  readonly runScript: (
    parameters: readonly string[],
    environment: Environment,
  ) => Promise<{ readonly code: number; readonly out: string; readonly error: string }>;
  readonly stop: () => Promise<void>;
}

const script = fileURLToPath(new URL('../../../cli/deploy-check.ts', import.meta.url));

/** Credentials that are not real. */
export const exampleKeys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example-secret-access-key' };

/** An account as most are. */
export const usualLimits = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 };

/** Returns the texts of the findings of a kind. */
export function textsOf({ findings }: DeploymentCheck, wanted: Finding['kind']): readonly string[] {
  return findings.flatMap(({ kind, text: line }) => (kind === wanted ? [line] : []));
}

/** Starts the stand-in, whose account has the usual limits, and settings with a profile `work`. */
export async function startDeployCheck(): Promise<DeployCheckRun> {
  let account: Account = { limits: usualLimits };
  const home = mkdtempSync(join(tmpdir(), 'qianfan-serverless-deploy-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), '[profile work]\nregion = ap-southeast-1\n');
  const [id, secret] = [exampleKeys.AWS_ACCESS_KEY_ID, exampleKeys.AWS_SECRET_ACCESS_KEY];
  writeFileSync(
    join(home, '.aws', 'credentials'),
    `[work]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
  );
  const aws = await startHttpServer(({ url, body }, response) => {
    const answer = (status: number, value: object, error?: string): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...(error && { 'x-amzn-errortype': error }) });
      response.end(JSON.stringify(value));
    };
    const { limits, isClosed, reserved, secrets = {}, deletedSecrets = [] } = account;
    if (limits === undefined) return answer(403, { message: 'no' }, 'UnrecognizedClientException');
    if (url.pathname.includes('account-settings')) {
      return isClosed ? answer(403, {}, 'AccessDeniedException') : answer(200, { AccountLimit: limits });
    }
    if (url.pathname.endsWith('/concurrency')) {
      return reserved === undefined || !url.pathname.includes('-token-refresh')
        ? answer(404, {}, 'ResourceNotFoundException')
        : answer(200, { ReservedConcurrentExecutions: reserved });
    }
    const { SecretId } = JSON.parse(body) as { readonly SecretId: string };
    if (deletedSecrets.includes(SecretId)) return answer(200, { DeletedDate: 1_700_000_000, VersionIdsToStages: {} });
    const stages = secrets[SecretId];
    if (stages === undefined) return answer(400, {}, 'ResourceNotFoundException');
    return answer(200, { VersionIdsToStages: Object.fromEntries(stages.map((stage) => [stage, [stage]])) });
  });
  /** No settings of this machine are found: neither files at home nor a metadata service. */
  const settings = (): Environment => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    SLS_SCHEMA_CACHE_BASE_DIR: home,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_LAMBDA: aws.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
  });
  return {
    setAccount: (next) => {
      account = next;
    },
    countRequests: () => aws.requests.length,
    check: async (parameters, environment = { AWS_REGION: 'eu-west-1', ...exampleKeys }) => {
      const before = process.env;
      process.env = { ...settings(), ...environment };
      try {
        const result = await checkDeployment(parameters, resolveOnce);
        return { ...result, out: [...result.findings.map((finding) => finding.text), ...result.nextSteps].join('\n') };
      } finally {
        process.env = before;
      }
    },
    runScript: async (parameters, environment) => {
      const child = spawn(process.execPath, [script, ...parameters], {
        env: { ...settings(), ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { code: code as number, out, error };
    },
    stop: async () => {
      await aws.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Asks Serverless once for each set of arguments: it takes a second. */
const resolved = new Map<string, ReturnType<typeof resolveService>>();
const resolveOnce: typeof resolveService = (deployArguments) => {
  const key = JSON.stringify([deployArguments.stage, deployArguments.parameters]);
  const promise = resolved.get(key) ?? resolveService(deployArguments);
  resolved.set(key, promise);
  return promise;
};
