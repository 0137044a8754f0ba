// Reads the long-lived keys from their secrets, which use the names of the official SDKs' environment variables.
import * as z from 'zod/mini';
import { GatewayError } from '../core/errors.ts';
import { lazy } from '../core/lazy.ts';
import type { SecretStore } from '../core/secret-store.ts';
import type { IamKeys } from '../signing/sign-iam-request.ts';
import type { OauthKeys } from './token-exchange.ts';

/** Who pastes a key or reads it from a file often brings a byte order mark, a space or a line's end along. */
const createFilled = () => z.string().check(z.trim(), z.minLength(1));
const oauthSchema = lazy(() => z.object({ QIANFAN_AK: createFilled(), QIANFAN_SK: createFilled() }));
// Printable ASCII without spaces, because it becomes part of a header.
const openAiSchema = lazy(() => z.object({ OPENAI_API_KEY: z.string().check(z.trim(), z.regex(/^[\x21-\x7e]+$/)) }));
const iamSchema = lazy(() => z.object({ QIANFAN_ACCESS_KEY: createFilled(), QIANFAN_SECRET_KEY: createFilled() }));

/**
 * Reads the keys of the OAuth application.
 *
 * @throws GatewayError `service_token_failed` when the secret does not hold them.
 */
export async function readOauthKeys(secrets: SecretStore, secretId: string, signal: AbortSignal): Promise<OauthKeys> {
  const secret = await secrets.read(secretId, signal);
  const parsed = oauthSchema().safeParse(secret?.value);
  if (!parsed.success) throw missingKeys('QIANFAN_AK and QIANFAN_SK');
  return { apiKey: parsed.data.QIANFAN_AK, secretKey: parsed.data.QIANFAN_SK };
}

/**
 * Reads the IAM keys.
 *
 * @throws GatewayError `service_token_failed` when the secret does not hold them.
 */
export async function readIamKeys(secrets: SecretStore, secretId: string, signal: AbortSignal): Promise<IamKeys> {
  const secret = await secrets.read(secretId, signal);
  const parsed = iamSchema().safeParse(secret?.value);
  if (!parsed.success) throw missingKeys('QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY');
  return { accessKey: parsed.data.QIANFAN_ACCESS_KEY, secretKey: parsed.data.QIANFAN_SECRET_KEY };
}

/**
 * Reads the key of an OpenAI-compatible upstream; undefined when the secret has no value, for a server without keys.
 *
 * @throws GatewayError `service_token_failed` when the secret has a value but no such key.
 */
export async function readOpenAiKey(
  secrets: SecretStore,
  secretId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const secret = await secrets.read(secretId, signal);
  if (secret === undefined) return undefined;
  const parsed = openAiSchema().safeParse(secret.value);
  if (!parsed.success) {
    throw new GatewayError('service_token_failed', 'The key secret must be a JSON object with OPENAI_API_KEY');
  }
  return parsed.data.OPENAI_API_KEY;
}

function missingKeys(names: string): GatewayError {
  return new GatewayError('service_token_failed', `The credentials secret must be a JSON object with ${names}`);
}
