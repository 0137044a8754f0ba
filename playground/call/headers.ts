// The request headers that the form offers beside the parameters.
import type { Call } from './call.ts';

export const rescueHeader = 'X-Stream-Rescue';
export const idempotencyHeader = 'Idempotency-Key';

/** The headers that are set and make sense, as they are sent: a sync answer cannot be rescued. */
export function readHeaders({ stream, headers }: Call): readonly (readonly [name: string, value: string])[] {
  const names = stream ? [rescueHeader, idempotencyHeader] : [idempotencyHeader];
  return names.flatMap((name) => {
    const value = headers?.[name]?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
}

/** Whether the gateway takes the key; one that is not set is not sent. */
export function isIdempotencyKey(text: string): boolean {
  return /^[!-~]{0,255}$/.test(text.trim());
}

/** The call without its key, which is for one request: the rest is what can be sent again. */
export function withoutIdempotencyKey(call: Call): Call {
  const { headers, ...rest } = call;
  const rescue = headers?.[rescueHeader] ?? '';
  return rescue === '' ? rest : { ...rest, headers: { [rescueHeader]: rescue } };
}
