// The settings of the functions: the only place that reads the environment.
import * as z from 'zod/mini';
import { parseJson } from './json.ts';
import type { LogLevel } from './platform/logger.ts';

/** How the gateway proves itself to Qianfan V1. */
export type QianfanAuth =
  | { readonly kind: 'access_token'; readonly tokenSecretId: string; readonly refreshFunction: string }
  | { readonly kind: 'iam'; readonly credentialsSecretId: string };

export interface CompletionConfig {
  readonly baseUrl: string;
  readonly auth: QianfanAuth;
  readonly clientsSecretId: string;
  /** Model name → endpoint. */
  readonly models: Readonly<Record<string, string>>;
  readonly retryCount: number;
  readonly requestTimeoutMs: number;
  readonly backoffFactor: number;
  readonly maxBodyBytes: number;
  /** Exact origins of pages that may call from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Who requests of these origins count as when they carry no credentials. */
  readonly anonymousClientId: string | undefined;
  readonly logLevel: LogLevel;
}

export interface TokenRefreshConfig {
  readonly baseUrl: string;
  readonly tokenSecretId: string;
  readonly credentialsSecretId: string;
  readonly logLevel: LogLevel;
}

/** Names every faulty variable and what would be right; values stay out, for they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const requiredText = z.string('must be set');

const baseUrlText = z
  .string()
  .check(
    z.refine(
      (text) => /^https?:\/\/[^?#]*[^/?#]$/.test(text) && URL.canParse(text),
      'must be an http or https URL without a trailing slash or a query',
    ),
  );

/** A number in decimal notation, for an environment holds nothing but text. */
const numberText = (isAllowed: (value: number) => boolean, expected: string) =>
  z.pipe(
    z.string().check(z.refine((text) => /^\d+(\.\d+)?$/.test(text) && isAllowed(Number(text)), `must be ${expected}`)),
    z.transform(Number),
  );

const isInteger = (minimum: number, maximum: number) => (value: number) =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

const modelsExpected = 'must be a JSON object of model name to endpoint (letters, digits, _ and -)';

const modelsText = z.pipe(
  z.transform((text: string) => parseJson(text)),
  z.record(z.string(), z.string(modelsExpected).check(z.regex(/^[A-Za-z0-9_-]+$/, modelsExpected)), modelsExpected),
);

const originsText = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text) => splitList(text).every((origin) => URL.parse(origin)?.origin === origin),
        'must be origins such as https://app.example, separated by commas; "*" is not one',
      ),
    ),
  z.transform(splitList),
);

const sharedSettings = {
  QIANFAN_BASE_URL: z._default(baseUrlText, 'https://aip.baidubce.com'),
  LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'), 'info'),
};

const completionSettings = z.object({
  ...sharedSettings,
  UPSTREAM: z._default(z.literal('qianfan-v1', 'must be qianfan-v1'), 'qianfan-v1'),
  CLIENTS_SECRET_ID: requiredText,
  MODELS: z._default(modelsText, {}),
  QIANFAN_LLM_API_RETRY_COUNT: z._default(numberText(isInteger(0, 10), 'an integer from 0 to 10'), 1),
  QIANFAN_LLM_API_RETRY_TIMEOUT: z._default(
    numberText((n) => n > 0 && n <= 900, 'seconds in (0, 900]'),
    60,
  ),
  QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: z._default(
    numberText((n) => n <= 60, 'a number from 0 to 60'),
    0,
  ),
  ALLOWED_ORIGINS: z._default(originsText, []),
  ANONYMOUS_CLIENT: z.optional(z.string()),
  MAX_BODY_BYTES: z._default(numberText(isInteger(1, 10_485_760), 'an integer from 1 to 10485760'), 1_048_576),
});

const authSettings = z.discriminatedUnion(
  'QIANFAN_AUTH',
  [
    z.object({
      QIANFAN_AUTH: z.literal('access_token'),
      TOKEN_SECRET_ID: requiredText,
      TOKEN_REFRESH_FUNCTION: requiredText,
    }),
    z.object({ QIANFAN_AUTH: z.literal('iam'), CREDENTIALS_SECRET_ID: requiredText }),
  ],
  'must be access_token or iam',
);

const tokenRefreshSettings = z.object({
  ...sharedSettings,
  TOKEN_SECRET_ID: requiredText,
  CREDENTIALS_SECRET_ID: requiredText,
});

/**
 * Reads the settings of the completion function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readCompletionConfig(environment: Environment = process.env): CompletionConfig {
  const present = withoutEmpty(environment);
  const parsedSettings = completionSettings.safeParse(present);
  const parsedAuth = authSettings.safeParse({ ...present, QIANFAN_AUTH: present['QIANFAN_AUTH'] ?? 'access_token' });
  if (present['ANONYMOUS_CLIENT'] !== undefined && present['ALLOWED_ORIGINS'] === undefined) {
    throw new ConfigError(['ANONYMOUS_CLIENT needs ALLOWED_ORIGINS: it is for the pages of these origins']);
  }
  if (!parsedSettings.success || !parsedAuth.success) throw createConfigError(parsedSettings.error, parsedAuth.error);
  const settings = parsedSettings.data;
  const auth = parsedAuth.data;
  return {
    baseUrl: settings.QIANFAN_BASE_URL,
    auth:
      auth.QIANFAN_AUTH === 'iam'
        ? { kind: 'iam', credentialsSecretId: auth.CREDENTIALS_SECRET_ID }
        : {
            kind: 'access_token',
            tokenSecretId: auth.TOKEN_SECRET_ID,
            refreshFunction: auth.TOKEN_REFRESH_FUNCTION,
          },
    clientsSecretId: settings.CLIENTS_SECRET_ID,
    models: settings.MODELS,
    retryCount: settings.QIANFAN_LLM_API_RETRY_COUNT,
    requestTimeoutMs: settings.QIANFAN_LLM_API_RETRY_TIMEOUT * 1_000,
    backoffFactor: settings.QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    anonymousClientId: settings.ANONYMOUS_CLIENT,
    logLevel: settings.LOG_LEVEL,
  };
}

/**
 * Reads the settings of the token-refresh function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readTokenRefreshConfig(environment: Environment = process.env): TokenRefreshConfig {
  const parsed = tokenRefreshSettings.safeParse(withoutEmpty(environment));
  if (!parsed.success) throw createConfigError(parsed.error);
  return {
    baseUrl: parsed.data.QIANFAN_BASE_URL,
    tokenSecretId: parsed.data.TOKEN_SECRET_ID,
    credentialsSecretId: parsed.data.CREDENTIALS_SECRET_ID,
    logLevel: parsed.data.LOG_LEVEL,
  };
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** An empty variable is an absent one: templates cannot leave a variable out. */
function withoutEmpty(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));
}

function createConfigError(...errors: (z.core.$ZodError | undefined)[]): ConfigError {
  const issues = errors.flatMap((error) => error?.issues ?? []);
  return new ConfigError(issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
}
