// Asks the token-refresh function for a refresh.
import { GatewayError } from '../core/errors.ts';
import type { InvokeFunction } from '../core/function-invoker.ts';
import type { RequestTokenRefresh } from './access-tokens.ts';
import type { RefreshRequest, TokenKind } from './refresh.ts';

/**
 * Invokes the function that alone may read the long-lived keys. Its reserved concurrency of 1 lets one refresh run at
 * a time; a throttled invocation therefore means that one is running.
 *
 * @throws GatewayError `service_token_failed` when the function ran and failed.
 */
export function createRefreshInvoker(
  invoke: InvokeFunction,
  functionName: string,
  token: TokenKind,
): RequestTokenRefresh {
  return async (rejectedVersion, signal) => {
    const payload: RefreshRequest = { token, rejectedVersion: rejectedVersion ?? null };
    const result = await invoke(functionName, payload, signal);
    if (result.outcome === 'failed') {
      throw new GatewayError('service_token_failed', `The ${token} could not be refreshed: ${result.message}`);
    }
    return result.outcome === 'throttled' ? 'busy' : 'done';
  };
}
