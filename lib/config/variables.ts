// The environment variables that the functions read, each with its schema and its default.
import * as z from 'zod/mini';
import {
  appIdText,
  baseUrlText,
  gatewayUrlText,
  isInteger,
  issuerText,
  limitText,
  listText,
  logLevelText,
  modelsText,
  numberText,
  originsText,
  penaltyNameText,
  requiredText,
  rescuesText,
  secondsText,
  upstreamsText,
} from './texts.ts';
import { lazy } from '../core/lazy.ts';

const createSharedSettings = () => ({
  QIANFAN_BASE_URL: z._default(baseUrlText(), 'https://aip.baidubce.com'),
  SERVICE_NAME: z.optional(z.string()),
  LOG_LEVEL: logLevelText(),
});

/** The variables of every function that calls upstreams. */
const createUpstreamSettings = () => ({
  ...createSharedSettings(),
  UPSTREAM: z._default(upstreamsText(), ['qianfan-v1']),
  OPENAI_BASE_URL: z._default(baseUrlText(), 'https://qianfan.baidubce.com/v2'),
  OPENAI_STOP_ITEMS: z._default(numberText(isInteger(0, 64), 'an integer from 0 to 64'), 4),
  OPENAI_KEY_SECRET_ID: z.optional(z.string()),
  OPENAI_APPID: z.optional(appIdText()),
  OPENAI_PENALTY_NAME: z.optional(penaltyNameText()),
  BEARER_SECRET_ID: z.optional(z.string()),
  TOKEN_REFRESH_FUNCTION: z.optional(z.string()),
  MODELS: z._default(modelsText(), {}),
  QIANFAN_LLM_API_RETRY_TIMEOUT: z._default(secondsText(), 60),
  UPSTREAM_CONNECT_TIMEOUT: z._default(secondsText(), 5),
  UPSTREAM_FIRST_EVENT_TIMEOUT: z.optional(secondsText()),
  UPSTREAM_IDLE_TIMEOUT: z.optional(secondsText()),
  UPSTREAM_TEXT_TIMEOUT: z._default(secondsText(), 300),
});

export const completionSettings = lazy(() =>
  z.object({
    ...createUpstreamSettings(),
    CLIENTS_SECRET_ID: requiredText(),
    QIANFAN_LLM_API_RETRY_COUNT: z._default(numberText(isInteger(0, 10), 'an integer from 0 to 10'), 1),
    QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: z._default(
      numberText((n) => n <= 60, 'a number from 0 to 60'),
      0,
    ),
    UPSTREAM_RETRY_BUDGET: z._default(numberText(isInteger(0, 1_000), 'an integer from 0 to 1000'), 10),
    UPSTREAM_CIRCUIT_FAILURES: z._default(numberText(isInteger(0, 1_000), 'an integer from 0 to 1000'), 5),
    REQUEST_TIMEOUT: z.optional(secondsText()),
    STREAM_RESCUE: z.optional(rescuesText()),
    OIDC_ISSUER: z.optional(issuerText()),
    OIDC_AUDIENCE: z.optional(listText()),
    OIDC_MODELS: z.optional(listText()),
    ALLOWED_ORIGINS: z._default(originsText(), []),
    ANONYMOUS_CLIENT: z.optional(z.string()),
    STATE_TABLE: z.optional(z.string()),
    CLIENT_REQUESTS_PER_MINUTE: z.optional(limitText()),
    CLIENT_TOKENS_PER_DAY: z.optional(limitText()),
    MAX_BODY_BYTES: z._default(numberText(isInteger(1, 10_485_760), 'an integer from 1 to 10485760'), 1_048_576),
  }),
);

export const queueWorkerSettings = lazy(() =>
  z.object({
    ...createUpstreamSettings(),
    RESULTS_QUEUE_URL: z
      .string('must be set')
      .check(z.refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be the URL of a queue')),
    RESULTS_BUCKET: z.optional(z.string()),
    STATE_TABLE: z.optional(z.string()),
    QUEUE_REQUESTS_PER_MINUTE: z.optional(
      numberText((n) => n > 0 && n <= 1_000_000, 'a number above 0, at most 1000000'),
    ),
    QUEUE_MAXIMUM_CONCURRENCY: z._default(numberText(isInteger(1, 1_000), 'an integer from 1 to 1000'), 1),
  }),
);

export const authSettings = lazy(() =>
  z.discriminatedUnion(
    'QIANFAN_AUTH',
    [
      z.object({
        QIANFAN_AUTH: z.literal('access_token'),
        TOKEN_SECRET_ID: requiredText(),
        TOKEN_REFRESH_FUNCTION: requiredText(),
      }),
      z.object({ QIANFAN_AUTH: z.literal('iam'), CREDENTIALS_SECRET_ID: requiredText() }),
    ],
    'must be access_token or iam',
  ),
);

export const tokenRefreshSettings = lazy(() =>
  z.object({
    ...createSharedSettings(),
    QIANFAN_IAM_BASE_URL: z._default(baseUrlText(), 'https://iam.bj.baidubce.com'),
    TOKEN_SECRET_ID: z.optional(z.string()),
    BEARER_SECRET_ID: z.optional(z.string()),
    CREDENTIALS_SECRET_ID: requiredText(),
  }),
);

export const playgroundSettings = lazy(() =>
  z.object({ LOG_LEVEL: logLevelText(), PLAYGROUND_GATEWAY_URL: z.optional(gatewayUrlText()) }),
);

export type AuthSettings = z.infer<ReturnType<typeof authSettings>>;
export type UpstreamSettings = z.infer<ReturnType<typeof z.object<ReturnType<typeof createUpstreamSettings>>>>;
