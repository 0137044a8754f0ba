// Which models a caller may call.
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';

/** Whether a client may call a model: one its record names, by name or endpoint, or any if the record names none. */
export function isModelAllowed({ models: allowed }: Caller, model: ServedModel, models: ModelCatalog): boolean {
  if (allowed === undefined) return true;
  // Two models may share an address; it is the model that is allowed.
  return allowed.map((name) => models.resolve(name)).some(({ name }) => name === model.name);
}

/** The models a client may call: all that are known, or those its record names, each once. */
export function listAllowed({ models: allowed }: Caller, models: ModelCatalog): readonly ServedModel[] {
  const named = allowed?.map((name) => models.resolve(name));
  return named === undefined ? models.list() : [...new Map(named.map((model) => [model.name, model])).values()];
}

/** @throws GatewayError `access_denied` when the client may not call the model. */
export function checkModelAllowed(client: Caller, model: ServedModel, models: ModelCatalog): void {
  if (isModelAllowed(client, model, models)) return;
  throw new GatewayError('access_denied', `The client may not call ${model.name}`, { parameter: 'model' });
}
