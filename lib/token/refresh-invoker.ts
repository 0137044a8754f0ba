// Invokes the token-refresh function.
import { GatewayError } from '../core/errors.ts';
import type { InvokeFunction } from '../core/function-invoker.ts';
import type { RequestTokenRefresh } from './token-source.ts';
import type { RefreshRequest, TokenKind } from './refresh.ts';

/**
 * Asks for a refresh from the only function that may read the long-lived keys. It has a reserved concurrency of 1, so
 * one refresh runs at a time, and a throttled invocation means that one is running already.
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
