import type { UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { StoredToken, TokenSource } from '../../../lib/token/token-source.ts';
import { withAccessToken } from '../../../lib/upstream/access-token.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';

const request = { method: 'POST', endpoint: 'e', url: new URL('http://upstream/path'), headers: {}, body: '' } as const;
const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
const answer: Answer = { kind: 'completion', completion: { id: '', createdSeconds: 0, text: 'ok', isSafe: true } };

const token = (value: string): StoredToken => ({ value, expiresAtMs: Infinity, version: value });

/** Holds `old`, and `new` as its replacement. */
function createTokens(): TokenSource & { replaced: string[] } {
  const replaced: string[] = [];
  return {
    replaced,
    get: async () => token('old'),
    replace: async (rejected) => {
      replaced.push(rejected.value);
      return token('new');
    },
  };
}

/** An upstream that refuses the given tokens. */
function createUpstream(refused: Readonly<Record<string, ErrorCode>>) {
  const seen: string[] = [];
  return {
    seen,
    send: async ({ url }: { url: URL }): Promise<Answer> => {
      const value = url.searchParams.get('access_token') ?? '';
      seen.push(value);
      const code = refused[value];
      if (code !== undefined) throw new GatewayError(code, `token ${value} refused`);
      return answer;
    },
  };
}

describe('withAccessToken', () => {
  it('puts the token into the query of its own request only', async () => {
    const { send, seen } = createUpstream({});
    await expect(withAccessToken(send, createTokens())(request, call)).resolves.toBe(answer);
    expect(seen).toEqual(['old']);
    expect(request.url.search).toBe('');
  });

  it.each<ErrorCode>(['access_token_malformed', 'access_token_invalid', 'access_token_expired'])(
    'replays once with another token on %s',
    async (code) => {
      const tokens = createTokens();
      const { send, seen } = createUpstream({ old: code });
      await expect(withAccessToken(send, tokens)(request, call)).resolves.toBe(answer);
      expect(seen).toEqual(['old', 'new']);
      expect(tokens.replaced).toEqual(['old']);
    },
  );

  it('gives up when the replacement is refused too', async () => {
    const { send, seen } = createUpstream({ old: 'access_token_invalid', new: 'access_token_invalid' });
    await expect(withAccessToken(send, createTokens())(request, call)).rejects.toMatchObject({
      code: 'access_token_invalid',
    });
    expect(seen).toEqual(['old', 'new']);
  });

  it('leaves other errors alone, but takes the token out of their message', async () => {
    const { send, seen } = createUpstream({ old: 'high_load' });
    await expect(withAccessToken(send, createTokens())(request, call)).rejects.toMatchObject({
      code: 'high_load',
      message: 'token [redacted] refused',
    });
    expect(seen).toEqual(['old']);
  });
});
