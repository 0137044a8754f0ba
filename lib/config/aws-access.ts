// The region, URL and credentials for Secrets Manager, read from a function's environment.
import type { Environment } from './faults.ts';

export interface AwsAccess {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly secretsManagerUrl: URL;
}

/** Variables that change an endpoint by rules that only the AWS SDK implements. */
const endpointRules = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];

/** The domains of the regions that most functions run in. */
const domains: readonly (readonly [region: RegExp, domain: string])[] = [
  [/^(?:af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d+$/, 'amazonaws.com'],
  [/^cn-[a-z]+-\d+$/, 'amazonaws.com.cn'],
];

/**
 * Reads the variables that every function on Lambda has, and those that name another endpoint.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 *
 * @returns undefined when these variables do not suffice. Then the AWS SDK is needed, which looks in more places.
 */
export function readAwsAccess(environment: Environment): AwsAccess | undefined {
  const {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (!region || !accessKeyId || !secretAccessKey || endpointRules.some((name) => environment[name])) return undefined;
  const domain = domains.find(([regions]) => regions.test(region))?.[1];
  const secretsManagerUrl = URL.parse(
    environment['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ||
      environment['AWS_ENDPOINT_URL'] ||
      (domain === undefined ? '' : `https://secretsmanager.${region}.${domain}`),
  );
  if (secretsManagerUrl === null) return undefined;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return { region, credentials, secretsManagerUrl };
}
