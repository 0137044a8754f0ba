// How often a stream may be continued when its upstream dies: as the request says, else as the settings say.
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest } from '../core/http.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';

/** The setting for a model: 0 to 3. */
export type RescueSetting = (model: ServedModel) => number;

/** Creates it from one number for all models, or one for each model that has a name in it. Default: 0. */
export function createRescueSetting(
  setting: number | Readonly<Record<string, number>> | undefined,
  models: ModelCatalog,
): RescueSetting {
  if (typeof setting !== 'object') return () => setting ?? 0;
  const byName = new Map(Object.entries(setting).map(([name, maxRescues]) => [models.resolve(name).name, maxRescues]));
  return ({ name }) => byName.get(name) ?? 0;
}

/**
 * Reads the header `X-Stream-Rescue`: 1 to 3, or 0 for no rescue whatever the settings say.
 *
 * @throws GatewayError `invalid_parameter` for anything else.
 */
export function readMaxRescues({ headers }: HttpRequest, bySetting: number): number {
  const value = headers['x-stream-rescue'];
  if (value === undefined) return bySetting;
  if (/^[0-3]$/.test(value)) return Number(value);
  throw new GatewayError('invalid_parameter', 'X-Stream-Rescue must be 1, 2 or 3, or 0 for no rescue', {
    parameter: 'X-Stream-Rescue',
  });
}
