// What serverless.yml says for one stage, as Serverless itself resolves it: without AWS and without a network.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import type { DeployArguments } from './deploy-arguments.ts';

export interface ResolvedService {
  readonly name: string;
  readonly functions: Readonly<Record<string, ResolvedFunction>>;
  /** Of every stage. */
  readonly parameterNames: ReadonlySet<string>;
  /** The names of all secrets of the stack. */
  readonly secretNames: readonly string[];
}

export interface ResolvedFunction {
  /** As it is named on AWS. */
  readonly deployedName: string;
  /** Undefined: none is reserved. */
  readonly reservedConcurrency: number | undefined;
  /** What AWS is to fill in has a value of the right form. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Its message is what Serverless says is wrong. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}

/** The project, where serverless.yml is. */
export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** To be run by Node. */
export const serverlessScript = fileURLToPath(
  new URL('../../node_modules/serverless/bin/serverless.js', import.meta.url),
);

const variables = z.record(z.string(), z.unknown());

const serviceSchema = z.object({
  service: z.string(),
  params: z.record(z.string(), variables),
  provider: z.object({ environment: variables }),
  resources: z.object({
    Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z._default(variables, {}) })),
  }),
  functions: z.record(
    z.string(),
    z.object({ reservedConcurrency: z.optional(z.unknown()), environment: z._default(variables, {}) }),
  ),
});

/** Resolves the service. Throws a ServiceError when Serverless refuses it. */
export async function resolveService({ stage, parameters }: DeployArguments): Promise<ResolvedService> {
  const printed = serviceSchema.parse(JSON.parse(await print(stage, parameters)));
  const { service, params, provider, functions, resources } = printed;
  const entries = Object.entries(functions).map(([name, { reservedConcurrency, environment }]) => {
    const resolved: ResolvedFunction = {
      deployedName: `${service}-${stage}-${name}`,
      // From the command line it is a text; a reference to AWS::NoValue stands for none.
      reservedConcurrency: Number(reservedConcurrency) || undefined,
      environment: fillIn({ ...provider.environment, ...environment }),
    };
    return [name, resolved] as const;
  });
  return {
    name: service,
    functions: Object.fromEntries(entries),
    parameterNames: new Set(Object.values(params).flatMap((values) => Object.keys(values))),
    secretNames: Object.values(resources.Resources)
      .filter(({ Type }) => Type === 'AWS::SecretsManager::Secret')
      .map(({ Properties }) => String(Properties['Name'])),
  };
}

async function print(stage: string, parameters: readonly string[]): Promise<string> {
  const options = ['--format', 'json', '--stage', stage, ...parameters.map((parameter) => `--param=${parameter}`)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [serverlessScript, 'print', ...options], {
      cwd: projectDirectory,
      maxBuffer: 16_777_216,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new ServiceError(/Error:\n([^]*)$/.exec(stdout + stderr)?.[1]?.trim() ?? String(error), { cause: error });
  }
}

/** References have the form of a URL, which a queue has and which no other variable of theirs objects to. */
function fillIn(environment: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const isText = typeof value === 'string' || typeof value === 'number';
    return [name, isText ? String(value) : 'https://filled-in-by.aws'] as const;
  });
  return Object.fromEntries(entries);
}
