import { parseAuthorization } from '../../../../lib/signing/parse-authorization.ts';
import type { IamKeys } from '../../../../lib/signing/sign-iam-request.ts';
import { verifyAuthorization } from '../../../../lib/signing/verify.ts';
import { createIamCredentials } from '../../../../lib/upstream/credentials/iam-signature.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import { anyRequest, createExchange, json } from '../../../doubles/create-exchange.ts';
import type { Reply } from '../../../doubles/create-exchange.ts';

const first: IamKeys = { accessKey: 'ak-1', secretKey: 'sk-1' };
const second: IamKeys = { accessKey: 'ak-2', secretKey: 'sk-2' };
const answered = expect.objectContaining({ text: 'ok' });

/** Verifies signatures for real against one pair of keys. */
const verifying =
  (keys: () => IamKeys, nowMs: () => number): Reply =>
  (request, signal) => {
    const { method, url, headers } = request;
    const parsed = parseAuthorization(headers['Authorization'] ?? '');
    if (typeof parsed === 'string') throw new Error(parsed);
    const signed = {
      method,
      path: url.pathname,
      query: [...url.searchParams],
      headers: [...Object.entries(headers), ['Host', url.host] as const],
    };
    const isOurs = parsed.accessKeyId === keys().accessKey;
    const isValid = isOurs && verifyAuthorization(parsed, signed, keys().secretKey, nowMs()) === 'valid';
    const refusal = { error_code: 14, error_msg: `IAM Certification failed for ${parsed.accessKeyId}` };
    return json(isValid ? { result: 'ok' } : refusal)(request, signal);
  };

function createSigning(readKeys: () => Promise<IamKeys>, accepted: () => IamKeys = () => first) {
  const clock = createFakeClock();
  const exchange = createExchange({ clock, credentials: createIamCredentials(readKeys, clock) });
  exchange.answerWith(verifying(accepted, clock.now));
  return { ...exchange, ask: () => exchange.upstream.complete(anyRequest, exchange.call()) };
}

it('signs so that a verifier with the same keys accepts', async () => {
  const { ask } = createSigning(async () => first);
  await expect(ask()).resolves.toEqual(answered);
});

it('signs every attempt with the time it is made at', async () => {
  const { ask, clock } = createSigning(async () => first);
  await ask();
  clock.advance(3 * 3_600_000);
  await expect(ask()).resolves.toEqual(answered);
});

it('reads the keys once and keeps them', async () => {
  let reads = 0;
  const { ask } = createSigning(async () => {
    reads += 1;
    return first;
  });
  await Promise.all([ask(), ask()]);
  await ask();
  expect(reads).toBe(1);
});

it('reads the keys again when they are refused, and replays once with rotated ones', async () => {
  let current = first;
  const { ask, requests } = createSigning(
    async () => current,
    () => current,
  );
  await ask();
  current = second;
  await expect(ask()).resolves.toEqual(answered);
  expect(requests).toHaveLength(3);
});

it('gives up without a replay when the keys have not changed, and shows no key', async () => {
  const { ask, requests } = createSigning(
    async () => first,
    () => second,
  );
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'upstream_auth_failed', errorCode: 14 });
  expect((error as Error).message).not.toContain(first.accessKey);
  expect(requests).toHaveLength(1);
});

it('tries to read the keys again after a failed read', async () => {
  let reads = 0;
  const { ask } = createSigning(async () => {
    reads += 1;
    if (reads === 1) throw new Error('secret store down');
    return first;
  });
  await expect(ask()).rejects.toThrow('secret store down');
  await expect(ask()).resolves.toEqual(answered);
});
