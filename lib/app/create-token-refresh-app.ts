// Wires the function that keeps the tokens fresh. Nothing here does I/O; an invocation does.
import type { TokenRefreshConfig } from '../config/shape.ts';
import { systemClock } from '../core/clock.ts';
import { createLogger } from '../core/log.ts';
import { createSecretStore } from '../aws/secret-store.ts';
import { createBearerExchange } from '../token/bearer-exchange.ts';
import { readIamKeys, readOauthKeys } from '../token/stored-keys.ts';
import { createTokenExchange } from '../token/token-exchange.ts';
import { createTokenRefresh } from '../token/refresh.ts';
import type { RefreshOptions, RefreshToken, TokenKind } from '../token/refresh.ts';
import { createRefreshFunction } from '../token/refresh-function.ts';
import { createSecretTokenStore } from '../token/secret-token-store.ts';
import { createTransport } from '../http-client/transport.ts';

const clock = systemClock;

/** Wires the function that keeps the tokens fresh. */
export function createTokenRefreshApp(config: TokenRefreshConfig): ReturnType<typeof createRefreshFunction> {
  const { credentialsSecretId, tokenSecretId, bearerSecretId } = config;
  const secrets = createSecretStore();
  const transport = createTransport();
  const log = createLogger(config.logLevel, config.serviceName);
  const create = (kind: TokenKind, secretId: string, obtain: RefreshOptions['obtain']): RefreshToken =>
    createTokenRefresh({ store: createSecretTokenStore(secrets, secretId), kind, obtain, clock, log });
  const exchange = createTokenExchange(config.baseUrl, transport, clock);
  const exchangeBearer = createBearerExchange(config.iamBaseUrl, transport, clock);
  const refreshes = {
    ...(tokenSecretId !== undefined && {
      access_token: create('access_token', tokenSecretId, async (signal) =>
        exchange(await readOauthKeys(secrets, credentialsSecretId, signal), signal),
      ),
    }),
    ...(bearerSecretId !== undefined && {
      bearer_token: create('bearer_token', bearerSecretId, async (signal) =>
        exchangeBearer(await readIamKeys(secrets, credentialsSecretId, signal), signal),
      ),
    }),
  };
  return createRefreshFunction(refreshes, log);
}
