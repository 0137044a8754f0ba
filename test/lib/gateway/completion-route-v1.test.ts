import { GatewayError } from '../../../lib/core/errors.ts';
import { encodeV1Completion } from '../../../lib/dialects/qianfan-v1/answer-writer.ts';
import { createV1Gateway, fullBody } from './create-v1-gateway.ts';

const completion = {
  id: 'as-1',
  createdSeconds: 7,
  text: 'China.',
  isSafe: true,
  usage: { promptTokens: 5, completionTokens: 2, totalTokens: 7 },
};

describe('a completion', () => {
  it('is asked of the upstream with every parameter, and answered in V1', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.complete = async () => completion;
    const { response } = await ask({ body: JSON.stringify(fullBody) });
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(response.body).toBe(encodeV1Completion(completion));
    expect(upstream.calls).toMatchObject([
      {
        method: 'complete',
        request: {
          model: { name: 'StarCoder', endpoint: 'lbwxxxd4_starcoder' },
          prompt: 'Introduce the city Beijing',
          temperature: 0.5,
          topK: 10,
          topP: 0.9,
          penaltyScore: 1.1,
          stop: ['.'],
          userId: 'end-user',
        },
      },
    ]);
  });

  it.each([
    ['sqlcoder_7b', 'SQLCoder-7B', 'sqlcoder_7b'],
    ['CodeLlama-7B-Instruct', 'CodeLlama-7b-Instruct', 'codellama_7b_instruct'],
    ['lbwxxxd4_test1', 'lbwxxxd4_test1', 'lbwxxxd4_test1'],
    ['%6cbwxxxd4_test1', 'lbwxxxd4_test1', 'lbwxxxd4_test1'],
    ['x'.repeat(256), 'x'.repeat(256), 'x'.repeat(256)],
  ])('at %s is one of the model %s', async (segment, name, endpoint) => {
    const { ask, upstream } = createV1Gateway();
    await ask({ endpoint: segment });
    expect(upstream.calls).toMatchObject([{ request: { model: { name, endpoint } } }]);
  });

  it('hands on the signal, the deadline and the request id', async () => {
    const { ask, upstream } = createV1Gateway();
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    upstream.complete = async (_request, call) => {
      seen.push(call.signal, call.deadlineMs, call.requestId);
      return completion;
    };
    await ask({ signal });
    expect(seen).toEqual([signal, 12_345, 'request-1']);
  });

  it('that fails is a V1 error with status 200', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.complete = async () => {
      throw new GatewayError('upstream_rejected', 'Something new', { errorCode: 336999 });
    };
    const { response } = await ask();
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(response.body).toBe('{"error_code":336999,"error_msg":"Something new","id":"request-1"}');
  });

  it('is logged with its model, attempts and tokens', async () => {
    const { ask, upstream } = createV1Gateway();
    upstream.complete = async (_request, call) => {
      call.observer?.onAttempt?.();
      call.observer?.onAttempt?.();
      return completion;
    };
    const { line } = await ask();
    expect(line).toMatchObject({
      level: 'info',
      fields: {
        client_id: 'demo',
        model: 'StarCoder',
        endpoint: 'lbwxxxd4_starcoder',
        stream: false,
        attempts: 2,
        prompt_tokens: 5,
        completion_tokens: 2,
      },
    });
  });
});
