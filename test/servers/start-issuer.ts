// An OpenID Connect issuer of our own: discovery, rotating keys, and tokens, true and false ones.
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { startHttpServer } from './start-http-server.ts';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export interface Issuer {
  readonly url: string;
  /** How often its keys have been read. */
  reads(): number;
  /** Takes the key out of service and signs with another. */
  rotate(): Promise<void>;
  /** Shows another key beside the one that signs. */
  publish(key: JWK): void;
  /** Answers 503 from now on, or no longer. */
  setDown(isDown: boolean): void;
  /** A token that is valid for five minutes from `now`, but for what is given. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: { alg?: string; kid?: string | undefined },
    key?: SigningKey | Uint8Array,
  ): Promise<string>;
  /** The public key in the form that an attacker would use as a shared secret. */
  publicKey(): object;
  close(): Promise<void>;
}

export const audience = 'app-1';

/** @param now Epoch milliseconds. */
export async function startIssuer(now: () => number = Date.now): Promise<Issuer> {
  let serial = 0;
  let isDown = false;
  let reads = 0;
  let current = await createKey(serial);
  const others: JWK[] = [];
  const server = await startHttpServer(({ url }, response) => {
    if (isDown) {
      response.writeHead(503).end();
      return;
    }
    const isKeys = url.pathname === '/keys';
    if (isKeys) reads += 1;
    const document = isKeys
      ? { keys: [current.jwk, ...others] }
      : { issuer: server.url, jwks_uri: `${server.url}/keys` };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));
  });
  return {
    url: server.url,
    reads: () => reads,
    rotate: async () => {
      serial += 1;
      current = await createKey(serial);
    },
    publish: (key) => void others.push(key),
    setDown: (value) => {
      isDown = value;
    },
    sign: (claims = {}, header = {}, key = current.privateKey) => {
      const nowSeconds = Math.floor(now() / 1_000);
      const payload = {
        iss: server.url,
        aud: audience,
        sub: 'user-1',
        iat: nowSeconds,
        exp: nowSeconds + 300,
        ...claims,
      };
      const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
      const { kid, ...rest } = { alg: 'RS256', kid: current.kid, ...header };
      return new SignJWT(given).setProtectedHeader(kid === undefined ? rest : { ...rest, kid }).sign(key);
    },
    publicKey: () => current.jwk,
    close: () => server.close(),
  };
}

async function createKey(serial: number) {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = `key-${serial}`;
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}
