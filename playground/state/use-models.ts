// The models that may be called, as state of the page: asked for on demand.
import { useState } from 'preact/hooks';
import { catalog } from '../catalog/built-catalog.ts';
import type { Access } from '../call/call.ts';
import { listModels } from './models.ts';

export interface ModelsState {
  /** The gateway's, once they were asked for; until then those of the catalog. */
  readonly names: readonly string[];
  readonly state: 'unasked' | 'listed' | 'failed';
  readonly load: () => void;
}

/** The models, and how to ask for them. */
export function useModels(gatewayUrl: string, access: Access): ModelsState {
  const [names, setNames] = useState<readonly string[]>(() => catalog.models.map(({ name }) => name));
  const [state, setState] = useState<ModelsState['state']>('unasked');
  const load = async (): Promise<void> => {
    try {
      const key = access.kind === 'bearer' ? access.bearerToken : access.clientSecret;
      setNames(await listModels(gatewayUrl, key));
      setState('listed');
    } catch {
      // The reason is what a call would meet as well, and the call explains it.
      setState('failed');
    }
  };
  return { names, state, load: () => void load() };
}
