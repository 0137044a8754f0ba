// The keys of earlier visits: there are some only if the reader asked for it.
import { isJsonObject } from '../../lib/core/json.ts';
import { noAccess } from '../call/call.ts';
import type { Access, AccessKind } from '../call/call.ts';
import { readEntry } from './storage.ts';

const kinds: readonly AccessKind[] = ['keys', 'access_token', 'bearer'];

/** Reads the keys that were kept; undefined when none were. */
export function readKeptKeys(): Access | undefined {
  const kept = readEntry('keys');
  if (!isJsonObject(kept)) return undefined;
  const read = (name: keyof Access): string => (typeof kept[name] === 'string' ? kept[name] : noAccess[name]);
  return {
    kind: kinds.find((kind) => kind === kept['kind']) ?? noAccess.kind,
    clientId: read('clientId'),
    clientSecret: read('clientSecret'),
    accessToken: read('accessToken'),
    bearerToken: read('bearerToken'),
  };
}
