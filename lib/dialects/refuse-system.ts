// A request to a completion model has no place for a system text.
import type { CompletionRequest } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';

/** @throws GatewayError `invalid_parameter` when there is a system text. */
export function refuseSystem({ system }: CompletionRequest): void {
  if (system === undefined) return;
  const message = 'system is not supported by a completion model; put it at the beginning of prompt';
  throw new GatewayError('invalid_parameter', message, { parameter: 'system' });
}
