// The arguments of `npm run deploy`: those of `serverless deploy`, of which the check reads a few.
import { parseArgs } from 'node:util';

export interface DeployArguments {
  readonly stage: string;
  /** Undefined: what the AWS settings of the machine say. */
  readonly region: string | undefined;
  readonly profile: string | undefined;
  /** Each `name=value`. */
  readonly parameters: readonly string[];
  /** What belongs to no option. */
  readonly strays: readonly string[];
}

/** Reads the arguments; options that only Serverless knows are let through. */
export function parseDeployArguments(given: readonly string[]): DeployArguments {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    strict: false,
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      'aws-profile': { type: 'string' },
      param: { type: 'string', multiple: true },
      // Of no interest here, but their values are no strays.
      config: { type: 'string', short: 'c' },
      package: { type: 'string', short: 'p' },
    },
  });
  return {
    stage: readText(values.stage) ?? 'dev',
    region: readText(values.region),
    profile: readText(values['aws-profile']),
    parameters: (values.param ?? []).filter((parameter) => typeof parameter === 'string'),
    strays: positionals,
  };
}

function readText(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
