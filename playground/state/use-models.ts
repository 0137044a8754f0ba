// The models that may be called, as state of the page: asked for on demand.
import { useState } from 'preact/hooks';
import { catalog } from '../catalog/built-catalog.ts';
import type { Dialect } from '../catalog/catalog.ts';
import { kindFor } from '../call/call.ts';
import type { Access } from '../call/call.ts';
import { listModels } from './models.ts';

export interface ModelsState {
  /** The gateway's, once they were asked for; until then those of the catalog. */
  readonly names: readonly string[];
  readonly state: 'unasked' | 'listed' | 'failed';
  /** Why they could not be listed; else empty. */
  readonly reason: string;
  /** Undefined with an access_token, which lists nothing. */
  readonly load: (() => void) | undefined;
}

/** The answer to one key. */
interface Listed {
  readonly key: string;
  readonly names?: readonly string[];
  readonly reason?: string;
}

/** The models, and how to ask for them. Another key makes them unasked again. */
export function useModels(gatewayUrl: string, dialect: Dialect, access: Access): ModelsState {
  const [answer, setAnswer] = useState<Listed>();
  const kind = kindFor(dialect, access);
  const key = kind === 'bearer' ? access.bearerToken : access.clientSecret;
  const listed = kind !== 'access_token' && answer?.key === key ? answer : undefined;
  const load = async (): Promise<void> => {
    try {
      setAnswer({ key, names: await listModels(gatewayUrl, key) });
    } catch (error) {
      setAnswer({ key, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    names: listed?.names ?? catalog.models.map(({ name }) => name),
    state: listed === undefined ? 'unasked' : listed.names === undefined ? 'failed' : 'listed',
    reason: listed?.reason ?? '',
    load: kind === 'access_token' ? undefined : () => void load(),
  };
}
