import { withDiscretion } from '../../../lib/upstream/discreet-upstream.ts';
import type { CompletionRequest, Upstream, UpstreamCall } from '../../../lib/core/completion.ts';
import { GatewayError } from '../../../lib/core/errors.ts';

const model = { name: 'm', endpoint: 'm', upstreamModel: 'm', isChat: false, isKnown: true };
const call: UpstreamCall = { requestId: 'r', signal: new AbortController().signal, deadlineMs: 1 };
const prompt = 'Why does the order of Mrs Smith, 12 Main Street, not arrive?';

/** Fails at once, or after one chunk. */
function createFailing(failure: unknown): Upstream {
  const chunk = { id: '', createdSeconds: 0, text: 'a', isSafe: true, isEnd: false };
  return {
    complete: () => Promise.reject(failure),
    stream: async () =>
      (async function* () {
        yield chunk;
        throw failure;
      })(),
  };
}

const findError = async (failure: unknown, text = prompt): Promise<unknown> => {
  const request: CompletionRequest = { model, prompt: text };
  const upstream = withDiscretion(createFailing(failure));
  const whole: unknown = await upstream.complete(request, call).catch((thrown: unknown) => thrown);
  const chunks = await upstream.stream(request, call);
  const streamed: unknown = await Array.fromAsync(chunks).catch((thrown: unknown) => thrown);
  expect(streamed).toEqual(whole);
  return whole;
};

const withheld = 'The message of the upstream is withheld: it quotes the prompt';

it.each([
  ['all of the prompt', `bad input: "${prompt}"`],
  ['a part of it', 'bad input: …of Mrs Smith, 12 Mai…'],
])('withholds a message that quotes %s, and keeps code, number, parameter and hint', async (_name, message) => {
  const details = { errorCode: 99, parameter: 'prompt', retryAfterSeconds: 3, cause: new Error('cause') };
  const error = await findError(new GatewayError('invalid_parameter', message, details));
  expect(error).toMatchObject({ code: 'invalid_parameter', message: withheld, ...details });
});

it('withholds a message that quotes a short prompt', async () => {
  const error = await findError(new GatewayError('invalid_parameter', 'bad: hunter2 pw'), 'hunter2 pw');
  expect(error).toMatchObject({ message: withheld });
});

it('takes out what has the form of a credential', async () => {
  const error = await findError(new GatewayError('invalid_parameter', 'bad header bce-auth-v1/key/date/1800//mac'));
  expect(error).toMatchObject({ message: 'bad header bce-auth-v1=[redacted]' });
});

it.each([
  ['a GatewayError that quotes nothing', new GatewayError('high_load', 'The order of requests is not kept'), prompt],
  ['one whose words a very short prompt has too', new GatewayError('high_load', 'The model is busy'), 'is'],
  ['an error of another kind', new TypeError(prompt), prompt],
])('leaves %s as it is', async (_name, error, text) => {
  expect(await findError(error, text)).toBe(error);
});

it('gives the upstream request up when the iteration is left', async () => {
  let isGivenUp = false;
  const chunk = { id: '', createdSeconds: 0, text: 'a', isSafe: true, isEnd: false };
  const upstream: Upstream = {
    complete: () => Promise.reject(new Error('not asked')),
    stream: async () =>
      (async function* () {
        try {
          for (;;) yield chunk;
        } finally {
          isGivenUp = true;
        }
      })(),
  };
  for await (const { text } of await withDiscretion(upstream).stream({ model, prompt }, call)) {
    expect(text).toBe('a');
    break;
  }
  expect(isGivenUp).toBe(true);
});
