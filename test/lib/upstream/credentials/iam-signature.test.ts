import type { UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { parseAuthorization } from '../../../lib/signing/parse-authorization.ts';
import { verifyAuthorization } from '../../../lib/signing/verify.ts';
import type { IamKeys } from '../../../lib/token/credentials.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import { withIamSignature } from '../../../lib/upstream/iam-signature.ts';
import type { Send } from '../../../lib/upstream/send.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';

const request = {
  method: 'POST',
  endpoint: 'e',
  url: new URL('http://upstream:8080/a/b'),
  headers: { Accept: 'x' },
  body: '',
} as const;
const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
const answer: Answer = { kind: 'completion', completion: { id: '', createdSeconds: 0, text: 'ok', isSafe: true } };

/** Verifies signatures for real against one pair of keys. */
function createUpstream(keys: () => IamKeys, nowMs: () => number): Send & { calls: () => number } {
  let calls = 0;
  const send: Send = async ({ method, url, headers }) => {
    calls += 1;
    const parsed = parseAuthorization(headers['Authorization'] ?? '');
    if (typeof parsed === 'string') throw new Error(parsed);
    const signed = {
      method,
      path: url.pathname,
      query: [...url.searchParams],
      headers: [...Object.entries(headers), ['Host', url.host] as const],
    };
    const isOurs = parsed.accessKeyId === keys().accessKey;
    if (isOurs && verifyAuthorization(parsed, signed, keys().secretKey, nowMs()) === 'valid') return answer;
    throw new GatewayError('iam_certification_failed', 'IAM Certification failed');
  };
  return Object.assign(send, { calls: () => calls });
}

describe('withIamSignature', () => {
  const first: IamKeys = { accessKey: 'ak-1', secretKey: 'sk-1' };
  const second: IamKeys = { accessKey: 'ak-2', secretKey: 'sk-2' };

  it('signs so that a verifier with the same keys accepts', async () => {
    const clock = createFakeClock();
    const upstream = createUpstream(() => first, clock.now);
    const send = withIamSignature(upstream, { readKeys: async () => first, clock });
    await expect(send(request, call)).resolves.toBe(answer);
  });

  it('signs every attempt with the time it is made at', async () => {
    const clock = createFakeClock();
    const upstream = createUpstream(() => first, clock.now);
    const send = withIamSignature(upstream, { readKeys: async () => first, clock });
    await send(request, call);
    clock.advance(3 * 3_600_000);
    await expect(send(request, call)).resolves.toBe(answer);
  });

  it('reads the keys once and keeps them', async () => {
    const clock = createFakeClock();
    let reads = 0;
    const readKeys = async () => {
      reads += 1;
      return first;
    };
    const send = withIamSignature(
      createUpstream(() => first, clock.now),
      { readKeys, clock },
    );
    await Promise.all([send(request, call), send(request, call)]);
    await send(request, call);
    expect(reads).toBe(1);
  });

  it('reads the keys again when they are refused, and replays once with rotated ones', async () => {
    const clock = createFakeClock();
    let current = first;
    const upstream = createUpstream(() => current, clock.now);
    const send = withIamSignature(upstream, { readKeys: async () => current, clock });
    await send(request, call);
    current = second;
    await expect(send(request, call)).resolves.toBe(answer);
    expect(upstream.calls()).toBe(3);
  });

  it('gives up without a replay when the keys have not changed', async () => {
    const clock = createFakeClock();
    const upstream = createUpstream(() => second, clock.now);
    const send = withIamSignature(upstream, { readKeys: async () => first, clock });
    await expect(send(request, call)).rejects.toMatchObject({ code: 'iam_certification_failed' });
    expect(upstream.calls()).toBe(1);
  });

  it('tries to read the keys again after a failed read', async () => {
    const clock = createFakeClock();
    let reads = 0;
    const readKeys = async () => {
      reads += 1;
      if (reads === 1) throw new Error('secret store down');
      return first;
    };
    const send = withIamSignature(
      createUpstream(() => first, clock.now),
      { readKeys, clock },
    );
    await expect(send(request, call)).rejects.toThrow('secret store down');
    await expect(send(request, call)).resolves.toBe(answer);
  });
});
