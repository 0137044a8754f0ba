// The variables the functions read, each with what it may hold.
import * as z from 'zod/mini';
import { parseJson } from './json.ts';
import { highestLimit } from './limits.ts';
import { endpointPattern } from './models.ts';

/** The upstreams there are. */
export type UpstreamName = 'qianfan-v1' | 'openai';

const requiredText = z.string('must be set');

const baseUrlText = z
  .string()
  .check(
    z.refine(
      (text) => /^https?:\/\/[^?#]*[^/?#]$/.test(text) && URL.canParse(text),
      'must be an http or https URL without a trailing slash or a query',
    ),
  );

/** A function URL ends in a slash, which is dropped. */
const gatewayUrlText = z.pipe(
  z.transform((text: string) => text.replace(/\/$/, '')),
  baseUrlText,
);

/** A number in decimal notation, for an environment holds nothing but text. */
const numberText = (isAllowed: (value: number) => boolean, expected: string) =>
  z.pipe(
    z.string().check(z.refine((text) => /^\d+(\.\d+)?$/.test(text) && isAllowed(Number(text)), `must be ${expected}`)),
    z.transform(Number),
  );

/** No function runs longer than 900 s. */
const secondsText = numberText((n) => n > 0 && n <= 900, 'seconds in (0, 900]');

const isInteger = (minimum: number, maximum: number) => (value: number) =>
  Number.isInteger(value) && value >= minimum && value <= maximum;

const limitText = numberText(isInteger(1, highestLimit), `an integer from 1 to ${highestLimit}`);

const modelsExpected =
  'must be a JSON object of model name to address: an endpoint (letters, digits, _ and -), an upstream model id, or ' +
  '{"qianfan-v1": endpoint, "openai": id, "chat": true} with at least one of the first two';

const endpointText = z.string().check(z.regex(endpointPattern, modelsExpected));
const modelIdText = z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/, modelsExpected));
const modelAddress = z.union(
  [
    modelIdText,
    z
      .strictObject(
        {
          'qianfan-v1': z.optional(endpointText),
          openai: z.optional(modelIdText),
          chat: z.optional(z.boolean()),
        },
        modelsExpected,
      )
      .check(z.refine((address) => (address['qianfan-v1'] ?? address.openai) !== undefined, modelsExpected)),
  ],
  modelsExpected,
);

const modelsText = z.pipe(
  z.transform((text: string) => parseJson(text)),
  z.record(z.string(), modelAddress, modelsExpected),
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

const rescuesExpected = 'must be a number from 0 to 3, or a JSON object of model name to such a number';
const rescueCount = z.int(rescuesExpected).check(z.gte(0, rescuesExpected), z.lte(3, rescuesExpected));
const rescuesText = z.pipe(
  z.transform((text: string) => parseJson(text)),
  z.union([rescueCount, z.record(z.string(), rescueCount, rescuesExpected)], rescuesExpected),
);

const issuerText = z
  .string()
  .check(
    z.refine(
      (text) => /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)(?=[:/]|$))[^?#]+$/.test(text) && URL.canParse(text),
      'must be an https URL without a query, exactly as the issuer writes it into its tokens',
    ),
  );

const listText = z.pipe(
  z
    .string()
    .check(z.refine((text) => splitList(text).every((item) => item !== ''), 'must be names, separated by commas')),
  z.transform(splitList),
);

const sharedSettings = {
  QIANFAN_BASE_URL: z._default(baseUrlText, 'https://aip.baidubce.com'),
  SERVICE_NAME: z.optional(z.string()),
  LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'), 'info'),
};

const upstreamsText = z.pipe(
  z.string().check(
    z.refine((text) => {
      const names = splitList(text);
      return names.every((name) => name === 'qianfan-v1' || name === 'openai') && new Set(names).size === names.length;
    }, 'must be qianfan-v1, openai, or both in the order they are to be asked, separated by a comma'),
  ),
  z.transform((text) => splitList(text) as UpstreamName[]),
);

/** Of every function that calls upstreams. */
const upstreamSettings = {
  ...sharedSettings,
  UPSTREAM: z._default(upstreamsText, ['qianfan-v1']),
  OPENAI_BASE_URL: z._default(baseUrlText, 'https://qianfan.baidubce.com/v2'),
  OPENAI_KEY_SECRET_ID: z.optional(z.string()),
  BEARER_SECRET_ID: z.optional(z.string()),
  TOKEN_REFRESH_FUNCTION: z.optional(z.string()),
  MODELS: z._default(modelsText, {}),
  QIANFAN_LLM_API_RETRY_TIMEOUT: z._default(secondsText, 60),
  UPSTREAM_CONNECT_TIMEOUT: z._default(secondsText, 5),
  UPSTREAM_FIRST_EVENT_TIMEOUT: z.optional(secondsText),
  UPSTREAM_IDLE_TIMEOUT: z.optional(secondsText),
};

export const completionSettings = z.object({
  ...upstreamSettings,
  CLIENTS_SECRET_ID: requiredText,
  QIANFAN_LLM_API_RETRY_COUNT: z._default(numberText(isInteger(0, 10), 'an integer from 0 to 10'), 1),
  QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: z._default(
    numberText((n) => n <= 60, 'a number from 0 to 60'),
    0,
  ),
  UPSTREAM_RETRY_BUDGET: z._default(numberText(isInteger(0, 1_000), 'an integer from 0 to 1000'), 10),
  UPSTREAM_CIRCUIT_FAILURES: z._default(numberText(isInteger(0, 1_000), 'an integer from 0 to 1000'), 5),
  REQUEST_TIMEOUT: z.optional(secondsText),
  STREAM_RESCUE: z.optional(rescuesText),
  OIDC_ISSUER: z.optional(issuerText),
  OIDC_AUDIENCE: z.optional(listText),
  OIDC_MODELS: z.optional(listText),
  ALLOWED_ORIGINS: z._default(originsText, []),
  ANONYMOUS_CLIENT: z.optional(z.string()),
  STATE_TABLE: z.optional(z.string()),
  CLIENT_REQUESTS_PER_MINUTE: z.optional(limitText),
  CLIENT_TOKENS_PER_DAY: z.optional(limitText),
  MAX_BODY_BYTES: z._default(numberText(isInteger(1, 10_485_760), 'an integer from 1 to 10485760'), 1_048_576),
});

export const queueWorkerSettings = z.object({
  ...upstreamSettings,
  RESULTS_QUEUE_URL: z
    .string('must be set')
    .check(z.refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be the URL of a queue')),
  RESULTS_BUCKET: z.optional(z.string()),
  QUEUE_REQUESTS_PER_MINUTE: z.optional(
    numberText((n) => n > 0 && n <= 1_000_000, 'a number above 0, at most 1000000'),
  ),
  QUEUE_MAXIMUM_CONCURRENCY: z._default(numberText(isInteger(1, 1_000), 'an integer from 1 to 1000'), 1),
});

/** The way to authenticate where Qianfan V1 is not asked; no variable can have this value. */
export const notAsked = '\0';

export const authSettings = z.discriminatedUnion(
  'QIANFAN_AUTH',
  [
    z.object({
      QIANFAN_AUTH: z.literal('access_token'),
      TOKEN_SECRET_ID: requiredText,
      TOKEN_REFRESH_FUNCTION: requiredText,
    }),
    z.object({ QIANFAN_AUTH: z.literal('iam'), CREDENTIALS_SECRET_ID: requiredText }),
    z.object({ QIANFAN_AUTH: z.literal(notAsked) }),
  ],
  'must be access_token or iam',
);

export const tokenRefreshSettings = z.object({
  ...sharedSettings,
  QIANFAN_IAM_BASE_URL: z._default(baseUrlText, 'https://iam.bj.baidubce.com'),
  TOKEN_SECRET_ID: z.optional(z.string()),
  BEARER_SECRET_ID: z.optional(z.string()),
  CREDENTIALS_SECRET_ID: requiredText,
});

export const playgroundSettings = z.object({ PLAYGROUND_GATEWAY_URL: z.optional(gatewayUrlText) });

export type AuthSettings = z.infer<typeof authSettings>;
export type UpstreamSettings = z.infer<ReturnType<typeof z.object<typeof upstreamSettings>>>;

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
