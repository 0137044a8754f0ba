// Sign-in whose cryptography is loaded with the first token: no other request pays for it.
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

/** Far more than the keys of any issuer take. */
const maxDocumentBytes = 262_144;

/** As `createSignIn`, whose documents are fetched over the transport. */
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
