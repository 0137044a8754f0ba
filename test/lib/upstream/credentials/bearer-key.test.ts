import type { CompletionChunk, UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { withApiKey } from '../../../lib/upstream/api-key.ts';
import type { ReadApiKey } from '../../../lib/upstream/api-key.ts';
import type { Answer } from '../../../lib/upstream/answer.ts';
import type { Send } from '../../../lib/upstream/send.ts';

const request = {
  method: 'POST',
  endpoint: 'e',
  url: new URL('http://upstream/path'),
  headers: { A: 'a' },
  body: '',
} as const;
const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: Infinity };
const answer: Answer = { kind: 'completion', completion: { id: '', createdSeconds: 0, text: 'ok', isSafe: true } };

/** An upstream that refuses the given keys; it quotes them. */
function createUpstream(refused: Readonly<Record<string, ErrorCode>>) {
  const seen: (string | undefined)[] = [];
  const send: Send = async ({ headers }) => {
    const authorization = headers['Authorization'];
    seen.push(authorization);
    const key = authorization?.replace('Bearer ', '') ?? 'none';
    const code = refused[key];
    if (code !== undefined) throw new GatewayError(code, `Incorrect API key: ${key}`);
    return answer;
  };
  return { seen, send };
}

/** A secret that holds one value after the other, the last one for good. */
function createSecret(...values: (string | Error | undefined)[]) {
  const state = { reads: 0 };
  const readKey: ReadApiKey = async () => {
    const value = values[Math.min(state.reads, values.length - 1)];
    state.reads += 1;
    if (value instanceof Error) throw value;
    return value;
  };
  return { state, readKey };
}

describe('withApiKey', () => {
  it('adds the key to the headers of its own request only, and reads the secret once', async () => {
    const { send, seen } = createUpstream({});
    const { readKey, state } = createSecret('key-1');
    const sendWithKey = withApiKey(send, readKey);
    await Promise.all([sendWithKey(request, call), sendWithKey(request, call)]);
    await expect(sendWithKey(request, call)).resolves.toBe(answer);
    expect(seen).toEqual(['Bearer key-1', 'Bearer key-1', 'Bearer key-1']);
    expect(state.reads).toBe(1);
    expect(request.headers).toEqual({ A: 'a' });
  });

  it('sends no Authorization where there is no key', async () => {
    const { send, seen } = createUpstream({});
    await withApiKey(send, createSecret(undefined).readKey)(request, call);
    expect(seen).toEqual([undefined]);
  });

  it('replays once with the rotated key, and keeps to it', async () => {
    const { send, seen } = createUpstream({ old: 'upstream_auth_failed' });
    const { readKey, state } = createSecret('old', 'new');
    const sendWithKey = withApiKey(send, readKey);
    await expect(sendWithKey(request, call)).resolves.toBe(answer);
    await sendWithKey(request, call);
    expect(seen).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
    expect(state.reads).toBe(2);
  });

  it('does not replay when the key is the same', async () => {
    const { send, seen } = createUpstream({ same: 'upstream_auth_failed' });
    const sending = withApiKey(send, createSecret('same').readKey)(request, call);
    await expect(sending).rejects.toMatchObject({
      code: 'upstream_auth_failed',
      message: 'Incorrect API key: [redacted]',
    });
    expect(seen).toEqual(['Bearer same']);
  });

  it('gives up when the rotated key is refused too, and shows neither', async () => {
    const { send, seen } = createUpstream({ old: 'upstream_auth_failed', new: 'upstream_auth_failed' });
    const sending = withApiKey(send, createSecret('old', 'new', 'newer').readKey)(request, call);
    await expect(sending).rejects.toMatchObject({ message: 'Incorrect API key: [redacted]' });
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
  });

  it.each<ErrorCode>(['high_load', 'permission_denied', 'rpm_limit_reached'])(
    'does not replay on %s, and takes the key out of its message',
    async (code) => {
      const { send, seen } = createUpstream({ old: code });
      const sending = withApiKey(send, createSecret('old', 'new').readKey)(request, call);
      await expect(sending).rejects.toMatchObject({ code, message: 'Incorrect API key: [redacted]' });
      expect(seen).toHaveLength(1);
    },
  );

  it('reads the secret again after it could not be read', async () => {
    const { send, seen } = createUpstream({});
    const sendWithKey = withApiKey(send, createSecret(new Error('no secret'), 'key').readKey);
    await expect(sendWithKey(request, call)).rejects.toThrow('no secret');
    await expect(sendWithKey(request, call)).resolves.toBe(answer);
    expect(seen).toEqual(['Bearer key']);
  });
});

describe('credentials that are held', () => {
  it('are not lost to a request because another one that waits for them is given up', async () => {
    const gate = Promise.withResolvers<string>();
    const send = withApiKey(createUpstream({}).send, () => gate.promise);
    const controller = new AbortController();
    const impatient = send(request, { ...call, signal: controller.signal });
    const patient = send(request, call);
    controller.abort(new GatewayError('client_disconnected', 'gone'));
    await expect(impatient).rejects.toMatchObject({ code: 'client_disconnected' });
    gate.resolve('key');
    await expect(patient).resolves.toBe(answer);
  });

  it('are kept out of an error in the middle of a stream', async () => {
    const chunks = (async function* (): AsyncGenerator<CompletionChunk> {
      yield { id: '', createdSeconds: 0, text: 'a', isSafe: true, isEnd: false };
      throw new GatewayError('internal_error', 'key canary-1 expired');
    })();
    const streaming = await withApiKey(
      async () => ({ kind: 'stream', chunks }),
      async () => 'canary-1',
    )(request, call);
    const reading = Array.fromAsync(streaming.kind === 'stream' ? streaming.chunks : []);
    await expect(reading).rejects.toMatchObject({ message: 'key [redacted] expired' });
  });
});
