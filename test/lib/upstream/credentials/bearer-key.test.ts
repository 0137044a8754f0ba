import { GatewayError } from '../../../../lib/core/errors.ts';
import { openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { createBearerKeyCredentials } from '../../../../lib/upstream/credentials/bearer-key.ts';
import type { ReadApiKey } from '../../../../lib/upstream/credentials/bearer-key.ts';
import { anyRequest, createExchange, json, sse } from '../../../doubles/create-exchange.ts';
import type { Reply } from '../../../doubles/create-exchange.ts';

const whole = { choices: [{ text: 'ok', finish_reason: 'stop' }] };
const answered = expect.objectContaining({ text: 'ok' });

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

/** Refuses some keys with these codes and statuses, and quotes them. */
const refusing =
  (refused: Readonly<Record<string, readonly [code: string, status: number]>>): Reply =>
  (request, signal) => {
    const key = request.headers['Authorization']?.replace('Bearer ', '') ?? 'none';
    const refusal = refused[key];
    if (refusal === undefined) return json(whole)(request, signal);
    const [code, status] = refusal;
    return json({ error: { code, message: `Incorrect API key: ${key}` } }, { status })(request, signal);
  };

const wrongKey = ['invalid_api_key', 401] as const;

function createKeyed(readKey: ReadApiKey, refused: Parameters<typeof refusing>[0] = {}) {
  const credentials = createBearerKeyCredentials(readKey);
  const exchange = createExchange({ credentials, codec: openAiCompletionsUpstream });
  exchange.answerWith(refusing(refused));
  const ask = () => exchange.upstream.complete(anyRequest, exchange.call());
  return { ...exchange, ask, seen: () => exchange.requests.map(({ headers }) => headers['Authorization']) };
}

describe('a Bearer key', () => {
  it('is added to each request, and its secret is read once', async () => {
    const { readKey, state } = createSecret('key-1');
    const { ask, seen } = createKeyed(readKey);
    await Promise.all([ask(), ask()]);
    await expect(ask()).resolves.toEqual(answered);
    expect(seen()).toEqual(['Bearer key-1', 'Bearer key-1', 'Bearer key-1']);
    expect(state.reads).toBe(1);
  });

  it('leaves the other headers, and the request that it is put into, as they are', async () => {
    const credential = await createBearerKeyCredentials(async () => 'key').get(new AbortController().signal);
    const request = { method: 'POST', url: new URL('http://upstream/'), headers: { A: 'a' }, body: '' } as const;
    expect(credential.authorize(request).headers).toEqual({ A: 'a', Authorization: 'Bearer key' });
    expect(request.headers).toEqual({ A: 'a' });
  });

  it('is not sent where there is none', async () => {
    const { ask, requests } = createKeyed(createSecret(undefined).readKey);
    await ask();
    expect(requests[0]?.headers).not.toHaveProperty('Authorization');
  });

  it('is read again when it is refused; the request is replayed once with the rotated key, which is kept', async () => {
    const { readKey, state } = createSecret('old', 'new');
    const { ask, seen } = createKeyed(readKey, { old: wrongKey });
    await expect(ask()).resolves.toEqual(answered);
    await ask();
    expect(seen()).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
    expect(state.reads).toBe(2);
  });

  it('that is the same is not tried again', async () => {
    const { ask, seen } = createKeyed(createSecret('same').readKey, { same: wrongKey });
    await expect(ask()).rejects.toMatchObject({
      code: 'upstream_auth_failed',
      message: 'Incorrect API key: [redacted]',
    });
    expect(seen()).toEqual(['Bearer same']);
  });

  it('is given up when the rotated one is refused too, and neither is shown', async () => {
    const { readKey } = createSecret('old', 'new', 'newer');
    const { ask, seen } = createKeyed(readKey, { old: wrongKey, new: wrongKey });
    await expect(ask()).rejects.toMatchObject({ message: 'Incorrect API key: [redacted]' });
    expect(seen()).toEqual(['Bearer old', 'Bearer new']);
  });

  it.each([
    ['server_overloaded', 503, 'high_load'],
    // "No permission to use the model" comes so.
    ['invalid_model', 401, 'permission_denied'],
    ['rpm_rate_limit_exceeded', 429, 'rpm_limit_reached'],
  ])('is kept on %s, and taken out of its message', async (given, status, code) => {
    const { ask, seen } = createKeyed(createSecret('old', 'new').readKey, { old: [given, status] });
    await expect(ask()).rejects.toMatchObject({ code, message: 'Incorrect API key: [redacted]' });
    expect(seen()).toHaveLength(1);
  });

  it('is read again after it could not be read', async () => {
    const { ask, seen } = createKeyed(createSecret(new Error('no secret'), 'key').readKey);
    await expect(ask()).rejects.toThrow('no secret');
    await expect(ask()).resolves.toEqual(answered);
    expect(seen()).toEqual(['Bearer key']);
  });
});

describe('a key that is held', () => {
  it('is not lost to a request because another one that waits for it is given up', async () => {
    const gate = Promise.withResolvers<string>();
    const { upstream, call, ask } = createKeyed(() => gate.promise);
    const controller = new AbortController();
    const impatient = upstream.complete(anyRequest, call({ signal: controller.signal }));
    const patient = ask();
    controller.abort(new GatewayError('client_disconnected', 'gone'));
    await expect(impatient).rejects.toMatchObject({ code: 'client_disconnected' });
    gate.resolve('key');
    await expect(patient).resolves.toEqual(answered);
  });

  it('is kept out of an error in the middle of a stream', async () => {
    const { upstream, call, answerWith } = createKeyed(async () => 'canary-1');
    const error = { error: { message: 'key canary-1 expired' } };
    answerWith(sse('data: {"choices":[{"text":"a"}]}\n\n', `data: ${JSON.stringify(error)}\n\n`));
    const reading = Array.fromAsync(await upstream.stream(anyRequest, call()));
    await expect(reading).rejects.toMatchObject({ message: 'key [redacted] expired' });
  });
});
