// What can be learned of an AWS account before anything is deployed to it. Nothing is changed and no secret is read.
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ResourceNotFoundException as NoFunctionException,
} from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  ResourceNotFoundException as NoSecretException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface AwsAccount {
  /** Undefined: none is set. */
  findRegion(): Promise<string | undefined>;
  /** Says why there are no credentials that could be used; undefined when there are. */
  findCredentialsFault(): Promise<string | undefined>;
  readConcurrency(functionNames: readonly string[]): Promise<Concurrency>;
  /**
   * `absent`: it is not deployed. `empty`: it never had a value. `first`: it has the value that it was made with. `deleted`: it
   * is scheduled for deletion, and AWS keeps its name until then.
   */
  describeSecret(secretId: string): Promise<SecretState>;
}

export interface Concurrency {
  /** The quota of the account in the region. */
  readonly limit: number;
  /** What no function has reserved. */
  readonly unreserved: number;
  /** What the functions asked about have reserved, by name. */
  readonly reserved: Readonly<Record<string, number>>;
}

export type SecretState = 'absent' | 'empty' | 'first' | 'changed' | 'deleted';

/** Settings and credentials are found as the AWS SDK finds them, unless a region or a profile is given. */
export function createAwsAccount(region: string | undefined, profile: string | undefined): AwsAccount {
  const settings = {
    ...(profile !== undefined && { profile }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  };
  // The SDK knows no AWS_DEFAULT_REGION; the AWS CLI does.
  const findRegion = async (): Promise<string | undefined> =>
    region ?? (await readConfiguredRegion(profile)) ?? (process.env['AWS_DEFAULT_REGION'] || undefined);
  const locate = async () => ({ ...settings, region: (await findRegion()) ?? 'us-east-1' });
  return {
    findRegion,
    findCredentialsFault: async () => {
      try {
        const { expiration } = await new LambdaClient(await locate()).config.credentials();
        const isExpired = expiration !== undefined && expiration.getTime() <= Date.now();
        return isExpired ? `they expired at ${expiration.toISOString()}` : undefined;
      } catch (error) {
        return nameOf(error);
      }
    },
    readConcurrency: async (functionNames) =>
      withClient(new LambdaClient(await locate()), async (lambda) => {
        const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
        const reserved = functionNames.map(async (name) => [name, await readReserved(lambda, name)] as const);
        return {
          limit: AccountLimit?.ConcurrentExecutions ?? 0,
          unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
          reserved: Object.fromEntries(await Promise.all(reserved)),
        };
      }),
    describeSecret: async (secretId) =>
      withClient(new SecretsManagerClient(await locate()), (secrets) => readState(secrets, secretId)),
  };
}

/** A client that is kept open keeps the command from ending for some seconds. */
async function withClient<Client extends { destroy(): void }, Result>(
  client: Client,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** Returns what AWS or the network calls an error; its message may name accounts and keys. */
export function nameOf(error: unknown): string {
  if (!Error.isError(error)) return 'Error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Says whether AWS knows the credentials, and does not accept them. */
export function isRefusal(error: unknown): boolean {
  return /^(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch)/.test(
    nameOf(error),
  );
}

async function readConfiguredRegion(profile: string | undefined): Promise<string | undefined> {
  try {
    return await new LambdaClient(profile === undefined ? {} : { profile }).config.region();
  } catch {
    // The SDK's only way to say that there is none.
    return undefined;
  }
}

async function readReserved(lambda: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const output = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    return output.ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (error instanceof NoFunctionException) return 0;
    throw error;
  }
}

async function readState(secrets: SecretsManagerClient, secretId: string): Promise<SecretState> {
  try {
    const command = new DescribeSecretCommand({ SecretId: secretId });
    const { VersionIdsToStages = {}, DeletedDate } = await secrets.send(command);
    if (DeletedDate !== undefined) return 'deleted';
    const stages = Object.values(VersionIdsToStages).flat();
    if (!stages.includes('AWSCURRENT')) return 'empty';
    return stages.includes('AWSPREVIOUS') ? 'changed' : 'first';
  } catch (error) {
    if (error instanceof NoSecretException) return 'absent';
    throw error;
  }
}
