// Sign-in whose cryptography is loaded with the first token: no other request pays for it.
import type { FetchJson } from './issuer-keys.ts';
import { createSignIn } from './sign-in.ts';
import type { SignInOptions, VerifyUser } from './sign-in.ts';
import { parseJson } from '../json.ts';
import type { Transport } from '../http-client/transport.ts';

export interface LazySignInOptions extends Omit<SignInOptions, 'fetchJson' | 'jose'> {
  readonly transport: Transport;
}

/** Far more than the keys of any issuer take. */
const maxDocumentBytes = 262_144;

/** As `createSignIn`, whose documents are fetched over the transport. */
export function createLazySignIn({ transport, ...options }: LazySignInOptions): VerifyUser {
  let loading: Promise<VerifyUser> | undefined;
  const fetchJson = createFetchJson(transport);
  const load = async (): Promise<VerifyUser> =>
    createSignIn({ ...options, fetchJson, jose: await import('./jose.ts') });
  return async (token, signal) => (await (loading ??= load()))(token, signal);
}

function createFetchJson(transport: Transport): FetchJson {
  return async (url, signal) => {
    const headers = { Accept: 'application/json' };
    const response = await transport({ method: 'GET', url, headers, body: '' }, signal);
    try {
      if (response.status !== 200) throw new Error(`the issuer answered HTTP ${response.status}`);
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const bytes of response.body) {
        length += bytes.length;
        if (length > maxDocumentBytes) throw new Error('the issuer sent a document that is too long');
        parts.push(bytes);
      }
      return parseJson(Buffer.concat(parts).toString());
    } finally {
      response.destroy();
    }
  };
}
