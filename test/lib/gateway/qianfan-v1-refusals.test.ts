import type { Client } from '../../../lib/access/clients.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { createV1Gateway, demo, maxBodyBytes, restricted } from './create-v1-gateway.ts';
import type { V1Ask, V1Gateway } from './create-v1-gateway.ts';

const nobody: Client = { id: 'nobody', secret: 's' };
const padded = (length: number): string => JSON.stringify({ prompt: 'p' }).padEnd(length, ' ');

type Refused = (gateway: V1Gateway) => V1Ask;

const asked: readonly (readonly [what: string, refused: Refused, errorCode: number, message: RegExp])[] = [
  ['GET', () => ({ method: 'GET' }), 336101, /Invalid HTTP Method: GET/],
  ['OPTIONS', () => ({ method: 'OPTIONS' }), 336101, /Invalid HTTP Method: OPTIONS/],

  ['no access_token', () => ({ query: '' }), 110, /missing/],
  [
    'an access_token under another spelling',
    ({ tokenOf }) => ({ query: `Access_Token=${tokenOf(demo)}` }),
    110,
    /missing/,
  ],
  ['an empty access_token', () => ({ query: 'access_token=' }), 100, /Invalid parameter/],
  [
    'two access_tokens',
    ({ tokenOf }) => ({ query: `access_token=${tokenOf(demo)}&access_token=${tokenOf(demo)}` }),
    100,
    /once/,
  ],
  ['a text in place of an access_token', () => ({ query: 'access_token=demo' }), 110, /no longer valid/],
  [
    'the access_token of nobody',
    ({ tokenOf }) => ({ query: `access_token=${tokenOf(nobody)}` }),
    110,
    /no longer valid/,
  ],
  [
    'an access_token of a secret that has changed',
    ({ tokenOf }) => ({ query: `access_token=${tokenOf({ ...demo, secret: 'old' })}` }),
    110,
    /no longer valid/,
  ],
  [
    'an access_token that has expired',
    ({ clock }) => ({ query: `access_token=${issueAccessToken(demo, clock.now() - 2_592_000_000)}` }),
    111,
    /expired/,
  ],

  ['a body over the limit', () => ({ body: padded(maxBodyBytes + 1) }), 336007, /1001 bytes; the limit is 1000/],
  ['a body over the limit that is no JSON', () => ({ body: 'x'.repeat(5_000) }), 336007, /5000 bytes/],

  ['no endpoint', () => ({ endpoint: '' }), 336005, /API name not exist/],
  ['an endpoint that leaves its directory', () => ({ endpoint: '..' }), 336005, /API name not exist/],
  ['an endpoint with an encoded slash', () => ({ endpoint: 'a%2Fb' }), 336005, /API name not exist/],
  ['an endpoint with an encoded query', () => ({ endpoint: 'a%3Fb=c' }), 336005, /API name not exist/],
  ['an endpoint with a line end', () => ({ endpoint: 'a%0A' }), 336005, /API name not exist/],
  ['an endpoint with a dot', () => ({ endpoint: 'a.b' }), 336005, /API name not exist/],
  ['an endpoint of other letters', () => ({ endpoint: '%E5%8D%83' }), 336005, /API name not exist/],
  ['an endpoint of 257 characters', () => ({ endpoint: 'x'.repeat(257) }), 336005, /API name not exist/],

  ['an empty body', () => ({ body: '' }), 336002, /Invalid JSON/],
  ['a body that is no JSON', () => ({ body: '{"prompt":"x"}]}' }), 336002, /Invalid JSON/],
  ['a body that is no UTF-8', () => ({ body: Buffer.from('{"prompt":"\xff"}', 'latin1') }), 336002, /not UTF-8/],
  ['a body without a prompt', () => ({ body: '{}' }), 336001, /prompt is required/],
  ['a conversation without a message', () => ({ body: '{"messages":[]}' }), 336006, /one message with the role user/],
  ['a prompt that is empty', () => ({ body: '{"prompt":""}' }), 336003, /prompt is empty/],
  ['a temperature of 0', () => ({ body: '{"prompt":"x","temperature":0}' }), 336003, /temperature is 0/],

  [
    'a model that the client may not call',
    ({ tokenOf }) => ({ query: `access_token=${tokenOf(restricted)}`, endpoint: 'sqlcoder_7b' }),
    336004,
    /may not call SQLCoder-7B/,
  ],
  [
    'a custom endpoint that the client may not call',
    ({ tokenOf }) => ({ query: `access_token=${tokenOf(restricted)}`, endpoint: 'lbwxxxd4_test2' }),
    336004,
    /may not call lbwxxxd4_test2/,
  ],
];

describe.each(asked)('%s', (_what, refused, errorCode, message) => {
  it(`is refused with ${errorCode}, without a call upstream`, async () => {
    const gateway = createV1Gateway();
    const { response, text, lines } = await gateway.ask(refused(gateway));
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    const body: unknown = JSON.parse(text);
    expect(body).toEqual({ error_code: errorCode, error_msg: expect.stringMatching(message), id: 'request-1' });
    expect(lines).toMatchObject([{ level: 'warn', fields: { error_code: errorCode } }]);
    expect(gateway.upstream.calls).toEqual([]);
  });
});

describe('what comes close to a refusal', () => {
  it('is a body as long as the limit', async () => {
    const { ask, upstream } = createV1Gateway();
    await ask({ body: padded(maxBodyBytes) });
    expect(upstream.calls).toHaveLength(1);
  });

  it.each(['lbwxxxd4_starcoder', 'StarCoder', 'starcoder', 'lbwxxxd4_test1'])(
    'is the model at %s, which the client may call',
    async (endpoint) => {
      const { ask, upstream, tokenOf } = createV1Gateway();
      await ask({ endpoint, query: `access_token=${tokenOf(restricted)}` });
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it('is a token a second before its end', async () => {
    const { ask, upstream, clock, tokenOf } = createV1Gateway();
    const query = `access_token=${tokenOf(demo)}`;
    clock.advance(2_592_000_000 - 1_000);
    await ask({ query });
    expect(upstream.calls).toHaveLength(1);
  });
});
