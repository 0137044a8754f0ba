// What callers hear when an upstream refuses the gateway's own credentials.
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { anyRequest, createExchange, failWith, json } from '../../doubles/create-exchange.ts';

const codes = Object.keys(errorTable) as ErrorCode[];
/** What refuses a key is worded so already. */
const isRefusal = (code: ErrorCode): boolean => ['signature', 'access_token'].includes(errorTable[code].refuses);

async function fail(error: unknown): Promise<unknown> {
  const { upstream, call, answerWith } = createExchange();
  answerWith(failWith(error));
  return upstream.complete(anyRequest, call()).catch((thrown: unknown) => thrown);
}

describe('a refusal of the credentials', () => {
  it.each(codes.filter(isRefusal))("%s is a fault of the gateway's own", async (code) => {
    const cause = new GatewayError(code, 'why');
    expect(await fail(cause)).toMatchObject({
      code: 'upstream_auth_failed',
      status: 502,
      message: "Qianfan refuses the gateway's credentials",
      cause,
    });
  });

  it.each([
    [14, 14],
    [100, 13],
    [110, 13],
    [111, 13],
  ])('%i in the body of a 200 is %i to V1, whole and streamed', async (given, errorCode) => {
    const { upstream, call, answerWith } = createExchange();
    answerWith(json({ error_code: given, error_msg: 'Access token invalid' }));
    const expected = { code: 'upstream_auth_failed', errorCode };
    await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject(expected);
    await expect(upstream.stream(anyRequest, call())).rejects.toMatchObject(expected);
  });
});

describe('any other failure', () => {
  it.each(codes.filter((code) => !isRefusal(code)))('%s stays as it is', async (code) => {
    const error = new GatewayError(code, 'why');
    expect(await fail(error)).toBe(error);
  });

  it('stays as it is when it is a bug', async () => {
    const error = new TypeError('a bug');
    expect(await fail(error)).toBe(error);
  });
});
