import type { InvocationResult, InvokeFunction } from '../../../lib/core/function-invoker.ts';
import { createRefreshInvoker } from '../../../lib/token/refresh-invoker.ts';

const { signal } = new AbortController();

function createInvoker(result: InvocationResult): { invoke: InvokeFunction; calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    invoke: async (functionName, payload) => {
      calls.push([functionName, payload]);
      return result;
    },
  };
}

describe('createRefreshInvoker', () => {
  it('invokes the function with the refused version, or null when nothing was stored', async () => {
    const { invoke, calls } = createInvoker({ outcome: 'succeeded' });
    const request = createRefreshInvoker(invoke, 'token-refresh', 'bearer_token');
    await expect(request('v1', signal)).resolves.toBe('done');
    await expect(request(undefined, signal)).resolves.toBe('done');
    expect(calls).toEqual([
      ['token-refresh', { token: 'bearer_token', rejectedVersion: 'v1' }],
      ['token-refresh', { token: 'bearer_token', rejectedVersion: null }],
    ]);
  });

  it('takes a throttled invocation for a refresh under way', async () => {
    const { invoke } = createInvoker({ outcome: 'throttled' });
    await expect(createRefreshInvoker(invoke, 'f', 'access_token')('v1', signal)).resolves.toBe('busy');
  });

  it('fails with what the function says', async () => {
    const { invoke } = createInvoker({ outcome: 'failed', message: 'keys refused' });
    await expect(createRefreshInvoker(invoke, 'f', 'access_token')('v1', signal)).rejects.toMatchObject({
      code: 'service_token_failed',
      message: 'The access_token could not be refreshed: keys refused',
    });
  });
});
