// Reports everything that is wrong with an environment, in one error.
import type * as z from 'zod/mini';
import { isJsonObject, parseJson } from '../core/json.ts';
import { endpointPattern } from '../core/models.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names every faulty variable and what would be right. It holds no values, because they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Drops empty variables: a CloudFormation template cannot leave a variable out, only empty. */
export function withoutEmpty(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));
}

/** Whether Qianfan V1 is one of the upstreams. */
export function isV1Asked(present: Environment): boolean {
  return present['UPSTREAM'] !== 'openai';
}

/** One line for each variable that a schema finds faulty. */
export function findIssues(parsed: z.core.util.SafeParseResult<unknown>): string[] {
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
}

/** One line for each combination of variables that are valid one by one but not together. */
export function findContradictions(present: Environment): string[] {
  const models = parseJson(present['MODELS'] ?? '{}');
  const addresses = isJsonObject(models) ? Object.values(models) : [];
  const isSegment = (address: unknown): boolean => typeof address !== 'string' || endpointPattern.test(address);
  return [
    ...(present['BEARER_SECRET_ID'] !== undefined && present['TOKEN_REFRESH_FUNCTION'] === undefined
      ? ['BEARER_SECRET_ID needs TOKEN_REFRESH_FUNCTION, which keeps the token fresh']
      : []),
    ...(isV1Asked(present) && !addresses.every(isSegment)
      ? ['MODELS must be addresses that Qianfan V1 can serve: letters, digits, _ and -']
      : []),
  ];
}
