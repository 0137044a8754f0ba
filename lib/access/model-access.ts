// Which models a caller may call.
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';

/** Whether a client may call a model: its record must list the model, by name or endpoint, or have no list. */
export function isModelAllowed({ models: allowed }: Caller, model: ServedModel, models: ModelCatalog): boolean {
  if (allowed === undefined) return true;
  // Compared by name: two models may share an address, and only one of them may be allowed.
  return allowed.map((name) => models.resolve(name)).some(({ name }) => name === model.name);
}

/** The models a client may call: those its record lists, each once, or all known models if it has no list. */
export function listAllowed({ models: allowed }: Caller, models: ModelCatalog): readonly ServedModel[] {
  const named = allowed?.map((name) => models.resolve(name));
  return named === undefined ? models.list() : [...new Map(named.map((model) => [model.name, model])).values()];
}

/** @throws GatewayError `access_denied` when the client may not call the model. */
export function checkModelAllowed(client: Caller, model: ServedModel, models: ModelCatalog): void {
  if (isModelAllowed(client, model, models)) return;
  throw new GatewayError('access_denied', `The client may not call ${model.name}`, { parameter: 'model' });
}
