import { issueAccessToken, tokenLifetimeSeconds, verifyAccessToken } from '../../../lib/access/issued-token.ts';
import { longestClientIdBytes } from '../../../lib/access/clients.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createClientList } from '../../doubles/create-client-list.ts';

const nowMs = Date.UTC(2026, 0, 1);
const lifetimeMs = 2_592_000_000;
const { signal } = new AbortController();

const demo: Client = { id: 'demo', secret: 'demo-secret' };
const other: Client = { id: 'other', secret: 'other-secret' };
const clients = createClientList(demo, other);

const token = issueAccessToken(demo, nowMs);
const [version, mac, lifetime, expiry, encodedId] = token.split('.');

const invalid = expect.objectContaining({ code: 'access_token_invalid', errorCode: 110 });
const expired = expect.objectContaining({ code: 'access_token_expired', errorCode: 111 });

describe('issueAccessToken', () => {
  it("has the shape of Baidu's tokens, and needs no encoding in a query", () => {
    expect(token).toMatch(/^24\.[0-9a-f]{64}\.2592000\.1769817600\.[\w-]+$/);
    expect(encodeURIComponent(token)).toBe(token);
  });

  it('holds no secret', () => {
    expect(token).not.toContain(demo.secret);
    expect(Buffer.from(encodedId ?? '', 'base64url').toString()).toBe('demo');
  });
});

describe('verifyAccessToken', () => {
  it('finds the client that the token was issued to', async () => {
    await expect(verifyAccessToken(token, clients, nowMs, signal)).resolves.toBe(demo);
    await expect(verifyAccessToken(issueAccessToken(other, nowMs), clients, nowMs, signal)).resolves.toBe(other);
  });

  it.each(['a', '客户', 'with.dots and spaces', 'x'.repeat(longestClientIdBytes)])(
    'knows the client id %j again',
    async (id) => {
      const client: Client = { id, secret: 's' };
      const issued = issueAccessToken(client, nowMs);
      await expect(verifyAccessToken(issued, createClientList(client), nowMs, signal)).resolves.toBe(client);
    },
  );

  it('lets a token live 30 days', async () => {
    expect(tokenLifetimeSeconds).toBe(2_592_000);
    await expect(verifyAccessToken(token, clients, nowMs + lifetimeMs - 1, signal)).resolves.toBe(demo);
    await expect(verifyAccessToken(token, clients, nowMs + lifetimeMs, signal)).rejects.toEqual(expired);
  });

  it('refuses a token with any character changed or left out', async () => {
    const accepted: string[] = [];
    for (let index = 0; index < token.length; index += 1) {
      for (const replacement of ['0', 'a', 'x', 'Z', '.', '-', '']) {
        const tampered = token.slice(0, index) + replacement + token.slice(index + 1);
        if (tampered === token) continue;
        await verifyAccessToken(tampered, clients, nowMs, signal).then(
          () => accepted.push(tampered),
          (error: unknown) => expect(error).toEqual(invalid),
        );
      }
    }
    expect(accepted).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['any text', 'demo'],
    ['a token with something before it', ` ${token}`],
    ['a token with something after it', `${token}=`],
    ['a token with a line end', `${token}\n`],
    ['a token of upper-case digits', [version, mac?.toUpperCase(), lifetime, expiry, encodedId].join('.')],
    ['a token that lives longer', [version, mac, lifetime, Number(expiry) + 1, encodedId].join('.')],
    ['a token with a leading zero in its expiry', [version, mac, lifetime, `0${expiry}`, encodedId].join('.')],
    ['a token in the name of another', [version, mac, lifetime, expiry, 'b3RoZXI'].join('.')],
    ['a token in the name of nobody', [version, mac, lifetime, expiry, 'bm9ib2R5'].join('.')],
    ["one of Baidu's tokens", '24.6c5e1ff107f0e8bcef8c46d3424a0e78.2592000.1485516651.282335-8574074'],
    ['an endless text', `24.${'a'.repeat(1_000_000)}`],
  ])('refuses %s', async (_name, text) => {
    await expect(verifyAccessToken(text, clients, nowMs, signal)).rejects.toEqual(invalid);
  });

  it('refuses a token whose client has another secret now, even where it would have expired', async () => {
    const rotated = createClientList({ ...demo, secret: 'new-secret' });
    await expect(verifyAccessToken(token, rotated, nowMs, signal)).rejects.toEqual(invalid);
    await expect(verifyAccessToken(token, rotated, nowMs + lifetimeMs, signal)).rejects.toEqual(invalid);
  });

  it('refuses a token whose client has gone', async () => {
    await expect(verifyAccessToken(token, createClientList(other), nowMs, signal)).rejects.toEqual(invalid);
  });

  it('tells two clients with the same secret apart', async () => {
    const twin: Client = { id: 'twin', secret: demo.secret };
    const forged = [version, mac, lifetime, expiry, Buffer.from('twin').toString('base64url')].join('.');
    await expect(verifyAccessToken(forged, createClientList(demo, twin), nowMs, signal)).rejects.toEqual(invalid);
  });
});
