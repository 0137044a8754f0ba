import { GatewayError } from '../../../lib/core/errors.ts';
import { redactErrors } from '../../../lib/upstream/redact-errors.ts';
import { anyRequest, createExchange, json, sse } from '../../doubles/create-exchange.ts';

const prompt = 'Why does the order of Mrs Smith, 12 Main Street, not arrive?';
const withheld = 'The message of the upstream is withheld: it quotes the prompt';

const redacted = (error: unknown, text = prompt): unknown => redactErrors(error, [], [text]);

it.each([
  ['all of the prompt', `bad input: "${prompt}"`],
  ['a part of it', 'bad input: …of Mrs Smith, 12 Mai…'],
])('withholds a message that quotes %s, and keeps code, number, parameter and hint', (_name, message) => {
  const details = { errorCode: 99, parameter: 'prompt', retryAfterSeconds: 3, cause: new Error('cause') };
  const error = redacted(new GatewayError('invalid_parameter', message, details));
  expect(error).toMatchObject({ code: 'invalid_parameter', message: withheld, ...details });
});

it('withholds a message that quotes a short prompt', () => {
  const error = redacted(new GatewayError('invalid_parameter', 'bad: hunter2 pw'), 'hunter2 pw');
  expect(error).toMatchObject({ message: withheld });
});

it('takes out what has the form of a credential', () => {
  const error = redacted(new GatewayError('invalid_parameter', 'bad header bce-auth-v1/key/date/1800//mac'));
  expect(error).toMatchObject({ message: 'bad header bce-auth-v1=[redacted]' });
});

it('takes out the credentials of the request', () => {
  const error = redactErrors(new GatewayError('high_load', 'key canary-1 is busy'), ['canary-1'], ['', prompt]);
  expect(error).toMatchObject({ code: 'high_load', message: 'key [redacted] is busy' });
});

it.each([
  ['a GatewayError that quotes nothing', new GatewayError('high_load', 'The order of requests is not kept'), prompt],
  ['one whose words a very short prompt has too', new GatewayError('high_load', 'The model is busy'), 'is'],
  ['an error of another kind', new TypeError(prompt), prompt],
])('leaves %s as it is', (_name, error, text) => {
  expect(redacted(error, text)).toBe(error);
});

describe('an upstream that quotes the prompt', () => {
  const request = { ...anyRequest, prompt };
  const quoting = { error_code: 336003, error_msg: `bad input: ${prompt}` };
  const expected = { code: 'invalid_parameter', message: withheld };

  it('is not repeated when it refuses the request', async () => {
    const { upstream, call, answerWith } = createExchange();
    answerWith(json(quoting));
    await expect(upstream.complete(request, call())).rejects.toMatchObject(expected);
    await expect(upstream.stream(request, call())).rejects.toMatchObject(expected);
  });

  it('is not repeated in the middle of a stream', async () => {
    const { upstream, call, answerWith } = createExchange();
    answerWith(sse('data: {"result":"a","is_end":false}\n\n', `data: ${JSON.stringify(quoting)}\n\n`));
    const chunks = await upstream.stream(request, call());
    await expect(Array.fromAsync(chunks)).rejects.toMatchObject(expected);
  });
});
