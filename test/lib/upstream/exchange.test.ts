// What one exchange gives back besides a text: chunks for whole answers, and whether anything may have been charged.
import { GatewayError } from '../../../lib/core/errors.ts';
import { anyRequest, createExchange, failWith, json, sse } from '../../doubles/create-exchange.ts';
import type { Reply } from '../../doubles/create-exchange.ts';

const frame = (result: string, more: object = {}): string => `data: ${JSON.stringify({ result, ...more })}\n\n`;
const failing = (code: ConstructorParameters<typeof GatewayError>[0]): Reply => failWith(new GatewayError(code, 'why'));

describe('a whole answer to a stream request', () => {
  it('is one chunk, which is the last', async () => {
    const { upstream, call, answerWith } = createExchange();
    answerWith(json({ id: 'as-1', created: 1, result: 'text' }));
    const chunks = await Array.fromAsync(await upstream.stream(anyRequest, call()));
    expect(chunks).toMatchObject([{ id: 'as-1', text: 'text', isEnd: true }]);
  });
});

describe('a stream for a whole request', () => {
  it('is put together, with what only some of its frames say', async () => {
    const { upstream, call, answerWith } = createExchange();
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    answerWith(sse(frame('a', { is_safe: 0, usage }), frame('b', { is_end: true, is_truncated: true })));
    await expect(upstream.complete(anyRequest, call())).resolves.toMatchObject({
      text: 'ab',
      isSafe: false,
      finishReason: 'length',
      usage: { totalTokens: 3 },
    });
  });
});

describe('a failure', () => {
  const fail = async (...replies: readonly Reply[]): Promise<unknown> => {
    const { upstream, call, answerWith } = createExchange({ retryCount: replies.length - 1 });
    answerWith(...replies);
    return upstream.complete(anyRequest, call()).catch((thrown: unknown) => thrown);
  };

  it('may have been charged when any of its attempts may, not only the last', async () => {
    expect(await fail(failing('upstream_unreachable'), failing('upstream_connect_failed'))).toMatchObject({
      code: 'upstream_connect_failed',
      mayBeCharged: true,
    });
    expect(await fail(failing('upstream_connect_failed'), failing('upstream_unreachable'))).toMatchObject({
      mayBeCharged: true,
    });
  });

  it('cannot have been charged when nothing of it was sent', async () => {
    expect(await fail(failing('upstream_connect_failed'), failing('upstream_connect_timeout'))).toMatchObject({
      code: 'upstream_connect_timeout',
      mayBeCharged: false,
    });
  });
});

it('a request that its dialect refuses is not sent', async () => {
  const { upstream, call, requests, answerWith } = createExchange({ failureThreshold: 1 });
  answerWith(json({ result: 'a' }));
  const refused = { ...anyRequest, temperature: 2 };
  await expect(upstream.complete(refused, call())).rejects.toMatchObject({ code: 'invalid_parameter' });
  expect(requests).toEqual([]);
});
