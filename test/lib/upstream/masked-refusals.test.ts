import type { UpstreamCall } from '../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { withMaskedRefusals } from '../../../lib/upstream/masked-refusals.ts';

const request = { method: 'POST', endpoint: 'e', url: new URL('http://upstream/path'), headers: {}, body: '' } as const;
const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
const answer: Answer = { kind: 'completion', completion: { id: '', createdSeconds: 0, text: 'ok', isSafe: true } };

const refusals: readonly [ErrorCode, number][] = [
  ['iam_certification_failed', 14],
  ['access_token_malformed', 13],
  ['access_token_invalid', 13],
  ['access_token_expired', 13],
];
const others = (Object.keys(errorTable) as ErrorCode[]).filter((code) => !refusals.some(([name]) => name === code));

async function fail(error: unknown): Promise<unknown> {
  const send = withMaskedRefusals(async () => {
    throw error;
  });
  return send(request, call).catch((thrown: unknown) => thrown);
}

describe('withMaskedRefusals', () => {
  it.each(refusals)("takes %s for a fault of the gateway's own, %i to V1", async (code, errorCode) => {
    const cause = new GatewayError(code, 'why');
    expect(await fail(cause)).toMatchObject({
      code: 'upstream_auth_failed',
      errorCode,
      status: 502,
      message: "Qianfan refuses the gateway's credentials",
      cause,
    });
  });

  it.each(others)('leaves %s as it is', async (code) => {
    const error = new GatewayError(code, 'why');
    expect(await fail(error)).toBe(error);
  });

  it('leaves other errors and answers as they are', async () => {
    const error = new TypeError('a bug');
    expect(await fail(error)).toBe(error);
    await expect(withMaskedRefusals(async () => answer)(request, call)).resolves.toBe(answer);
  });
});
