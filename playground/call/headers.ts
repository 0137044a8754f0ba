// The request headers that the form offers beside the parameters.
import type { Call } from './call.ts';

export const rescueHeader = 'X-Stream-Rescue';
export const idempotencyHeader = 'Idempotency-Key';

/** Returns the headers that are set, as they are sent. A sync call has no rescue header. */
export function readHeaders({ stream, headers }: Call): readonly (readonly [name: string, value: string])[] {
  const names = stream ? [rescueHeader, idempotencyHeader] : [idempotencyHeader];
  return names.flatMap((name) => {
    const value = headers?.[name]?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
}

/** Whether the gateway accepts the key. A key that is not set is not sent. */
export function isIdempotencyKey(text: string): boolean {
  return /^[!-~]{0,255}$/.test(text.trim());
}

/** Returns the call without its idempotency key, which is for a single request. */
export function withoutIdempotencyKey(call: Call): Call {
  const { headers, ...rest } = call;
  const rescue = headers?.[rescueHeader] ?? '';
  return rescue === '' ? rest : { ...rest, headers: { [rescueHeader]: rescue } };
}
