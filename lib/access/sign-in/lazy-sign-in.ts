// Sign-in whose cryptography is loaded when the first token comes, so that other requests do not wait for it.
import type { FetchJson } from './issuer-keys.ts';
import { createSignIn } from './sign-in.ts';
import type { SignInOptions, VerifyUser } from './sign-in.ts';
import type { Transport } from '../../http-client/transport.ts';
import { readWithin } from '../../http-client/whole-body.ts';
import { parseJson } from '../../core/json.ts';
import { lazy } from '../../core/lazy.ts';

export interface LazySignInOptions extends Omit<SignInOptions, 'fetchJson' | 'jose'> {
  readonly transport: Transport;
}

/** The largest document that is read; the keys of an issuer are far smaller. */
const maxDocumentBytes = 262_144;

/** Does what `createSignIn` does, and fetches the issuer's documents over the given transport. */
export function createLazySignIn({ transport, ...options }: LazySignInOptions): VerifyUser {
  const fetchJson = createFetchJson(transport);
  const load = lazy(async () => createSignIn({ ...options, fetchJson, jose: await import('./jose.ts') }));
  return async (token, signal) => (await load())(token, signal);
}

function createFetchJson(transport: Transport): FetchJson {
  return async (url, signal) => {
    const headers = { Accept: 'application/json' };
    const response = await transport({ method: 'GET', url, headers, body: '' }, signal);
    try {
      if (response.status !== 200) throw new Error(`the issuer answered HTTP ${response.status}`);
      const bytes = await readWithin(response.body, maxDocumentBytes);
      if (bytes === undefined) throw new Error('the issuer sent a document that is too long');
      return parseJson(bytes.toString());
    } finally {
      response.destroy();
    }
  };
}
