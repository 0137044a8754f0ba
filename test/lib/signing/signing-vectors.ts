// The signing vectors: published samples and recomputed requests of the official SDKs.
import { readFileSync } from 'node:fs';
import type { SignableRequest } from '../../../lib/signing/canonical-request.ts';

export interface SigningVector extends SignableRequest {
  readonly name: string;
  readonly ak: string;
  readonly sk: string;
  readonly timestamp: string;
  readonly expirationInSeconds: number;
  readonly signedHeaders: readonly string[];
  readonly expected: {
    readonly canonicalRequest: string;
    readonly signingKey: string;
    readonly signature: string;
    readonly authorization: string;
  };
}

const file = new URL('../../fixtures/bce-auth-v1.json', import.meta.url);

export const signingVectors = JSON.parse(readFileSync(file, 'utf8')) as readonly SigningVector[];

/** A vector by its name. */
export function signingVector(name: string): SigningVector {
  const vector = signingVectors.find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`No vector is called ${name}`);
  return vector;
}
