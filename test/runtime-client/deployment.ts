// The packaged service, deployed on this machine: its template in the AWS emulation, its archives in sandboxes.
import type { LocalFunction } from '../../local/aws-emulation/lambda.ts';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../local/aws-emulation/server.ts';
import { startSimulator } from '../../local/simulator/server.ts';
import type { Simulator } from '../../local/simulator/server.ts';
import { demoClient } from '../servers/v1-client.ts';
import { lambdaFunctionOf, resourcesOf, variablesOf } from '../package/read-template.ts';
import { readPackagedFunctions } from './packaged-functions.ts';
import type { PackagedFunctions } from './packaged-functions.ts';
import { provision } from './provision.ts';
import type { References } from './provision.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox, SandboxOptions } from './sandbox.ts';

export interface Deployment {
  readonly simulator: Simulator;
  readonly aws: AwsEmulation;
  readonly packaged: PackagedFunctions;
  /** What `Ref` of a resource of the template gives, by its logical id. */
  readonly references: References;
  /** Starts a sandbox of functions/<name>.ts as the template has it. The variables replace the template's. */
  start(
    name: string,
    variables?: Readonly<Record<string, string>>,
    options?: Partial<SandboxOptions>,
  ): Promise<Sandbox>;
  /** The sandbox that Lambda Invoke reaches; undefined until it was invoked. */
  readonly invoked: (name: string) => Sandbox | undefined;
  /** Ends every sandbox and server. */
  close(): Promise<void>;
}

const keys = { apiKey: 'runtime-api-key', secretKey: 'runtime-secret-key' };

/** Deploys what `serverless package` makes by default. Each function knows one client, `demoClient`. */
export async function deploy(): Promise<Deployment> {
  const packaged = await readPackagedFunctions();
  const simulator = await startSimulator({ oauthClients: [keys], iamClients: [], frameDelayMs: 1 });
  const functions = new Map<string, LocalFunction>();
  const aws = await startAwsEmulation({ port: 0, functions });
  const references = await provision(packaged.template, aws.url, {
    CredentialsSecret: { QIANFAN_AK: keys.apiKey, QIANFAN_SK: keys.secretKey },
    ClientsSecret: [demoClient],
  });
  const sandboxes: Sandbox[] = [];

  const start: Deployment['start'] = async (name, variables = {}, options = {}) => {
    const { Handler, MemorySize, Timeout } = lambdaFunctionOf(packaged.template, name);
    const sandbox = await startSandbox({
      taskRoot: packaged.taskRootOf(name),
      handler: Handler,
      functionName: functionNameOf(packaged, name),
      memoryMb: MemorySize,
      timeoutMs: Timeout * 1_000,
      ...options,
      environment: {
        ...resolveVariables(packaged, name, references),
        AWS_ENDPOINT_URL: aws.url,
        QIANFAN_BASE_URL: simulator.url,
        ...variables,
      },
    });
    sandboxes.push(sandbox);
    return sandbox;
  };

  const invoked = new Map<string, Promise<Sandbox>>();
  const running = new Map<string, Sandbox>();
  for (const name of ['token-refresh']) {
    const { ReservedConcurrentExecutions, Timeout } = lambdaFunctionOf(packaged.template, name);
    functions.set(functionNameOf(packaged, name), {
      timeoutMs: Timeout * 1_000,
      ...(ReservedConcurrentExecutions === undefined ? {} : { reservedConcurrency: ReservedConcurrentExecutions }),
      invoke: async (payload) => {
        if (!invoked.has(name)) invoked.set(name, start(name));
        const sandbox = await invoked.get(name);
        if (sandbox === undefined) throw new Error(`${name} was not started`);
        running.set(name, sandbox);
        const outcome = await sandbox.invoke(payload).outcome;
        if (outcome.how === 'returned') return outcome.payload;
        throw new Error(outcome.how === 'failed' ? outcome.error.errorMessage : `The invocation ${outcome.how}`);
      },
    });
  }
  return {
    simulator,
    aws,
    packaged,
    references,
    start,
    invoked: (name) => running.get(name),
    close: async () => {
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
      await Promise.all([simulator.close(), aws.close()]);
    },
  };
}

function functionNameOf({ template }: PackagedFunctions, name: string): string {
  const { Handler } = lambdaFunctionOf(template, name);
  type Named = { readonly Handler: string; readonly FunctionName: string };
  const named = Object.values(resourcesOf<Named>(template, 'AWS::Lambda::Function'));
  return named.find((each) => each.Handler === Handler)?.FunctionName ?? '';
}

/** What the function finds in its environment once CloudFormation has put in the names of its resources. */
function resolveVariables(
  { template }: PackagedFunctions,
  name: string,
  references: References,
): Readonly<Record<string, string>> {
  const entries = Object.entries(variablesOf(template, name)).map(([variable, value]) => {
    if (typeof value === 'string') return [variable, value] as const;
    const { Ref: id } = value as { readonly Ref?: string };
    const resolved = references.get(id ?? '');
    if (resolved === undefined) throw new Error(`${variable} of ${name} is ${JSON.stringify(value)}`);
    return [variable, resolved] as const;
  });
  return Object.fromEntries(entries);
}
