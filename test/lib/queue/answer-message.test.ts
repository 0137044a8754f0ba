import { errorTable, GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { answerMessage } from '../../../lib/queue/answer-message.ts';
import type { DeliveryRecord } from '../../../lib/queue/delivery-record.ts';
import { decodeQueueMessage } from '../../../lib/dialects/queue/message.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import type { Answer } from '../../doubles/create-scripted-upstream.ts';

const { signal } = new AbortController();
const own = { id: '1', model: 'sqlcoder-7b', prompt: 'SELECT', metadata: { tenant: 'a' } };
const line = {
  custom_id: '1',
  method: 'POST',
  url: '/v1/completions',
  body: { model: 'SQLCoder-7B', prompt: 'SELECT' },
};

/** Answers a message; returns the result, or the error that brings the message back. */
async function run(body: unknown, answer?: Answer) {
  const upstream = createScriptedUpstream(answer);
  const record: DeliveryRecord = { attempts: 0 };
  const message = decodeQueueMessage(typeof body === 'string' ? body : JSON.stringify(body));
  const call = { requestId: 'message-1', signal, deadlineMs: Date.now() + 60_000 };
  const options = { models: createModelCatalog({ mine: 'lbw_mine' }), upstream };
  let result: unknown;
  let thrown: unknown;
  try {
    result = JSON.parse(await answerMessage(message, message.id ?? 'message-1', call, record, options));
  } catch (error) {
    thrown = error;
  }
  return { result, thrown, record, upstream };
}

const failWith =
  (code: ErrorCode): Answer =>
  () => {
    throw new GatewayError(code, 'reason');
  };

describe('answerMessage', () => {
  it('answers a message in our own form, and gives its metadata back', async () => {
    const { result, record } = await run(own);
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(result).toEqual({
      id: '1',
      status: 'succeeded',
      completion: { id: 'as-1', created: 1, result: 'SELECT', is_safe: 1, usage },
      metadata: { tenant: 'a' },
    });
    expect(record).toMatchObject({ model: 'SQLCoder-7B', endpoint: 'sqlcoder_7b', usage: { totalTokens: 3 } });
    expect(record.error).toBeUndefined();
  });

  it('answers a Batch line in the Batch output shape', async () => {
    const { result, record } = await run(line);
    expect(result).toMatchObject({
      id: 'batch_req_message-1',
      custom_id: '1',
      response: { status_code: 200, request_id: 'message-1', body: { object: 'text_completion' } },
      error: null,
    });
    expect(record).toMatchObject({ model: 'SQLCoder-7B', usage: { totalTokens: 3 } });
  });

  it('asks once for each text of a Batch line, and adds up what they cost', async () => {
    const { result, record, upstream } = await run({ ...line, body: { ...line.body, prompt: ['a', 'b'], n: 2 } });
    expect(upstream.prompts).toEqual(['a', 'a', 'b', 'b']);
    expect(result).toMatchObject({ response: { body: { choices: [{ index: 0 }, {}, {}, { index: 3, text: 'b' }] } } });
    expect(record.usage).toMatchObject({ totalTokens: 12 });
  });

  it('brings a Batch line back whole when one of its texts fails', async () => {
    const { thrown } = await run({ ...line, body: { ...line.body, prompt: ['a', 'b'] } }, ({ prompt }) => {
      if (prompt === 'b') throw new GatewayError('upstream_unreachable', 'reason');
      return undefined;
    });
    expect(thrown).toMatchObject({ code: 'upstream_unreachable' });
  });

  it.each([
    ['no JSON', 'not json', 'message-1', 'invalid_json'],
    ['no object', '[1]', 'message-1', 'invalid_argument'],
    ['empty', '', 'message-1', 'invalid_json'],
    ['without an id', { model: 'SQLCoder-7B', prompt: 'p' }, 'message-1', 'invalid_argument'],
    ['of a value out of range', { ...own, temperature: 7 }, '1', 'invalid_parameter'],
  ])('answers a message that is %s with its failure, without a call', async (_name, body, id, code) => {
    const { result, upstream, record } = await run(body);
    expect(result).toMatchObject({ id, status: 'failed', error: { code, message: expect.stringMatching(/./) } });
    expect(upstream.prompts).toEqual([]);
    expect(record.error).toMatchObject({ code });
  });

  it('answers a Batch line that is not valid with its failure', async () => {
    const { result, upstream } = await run({ ...line, url: '/v1/chat/completions' });
    expect(result).toMatchObject({ custom_id: '1', response: { status_code: 400 }, error: null });
    expect(upstream.prompts).toEqual([]);
  });

  // An interface that is gone is judged by its model, below.
  const codes = (Object.keys(errorTable) as ErrorCode[]).filter((code) => code !== 'unsupported_method');

  it.each(codes.filter((code) => errorTable[code].disposition === 'refused'))(
    'makes %s a failed result',
    async (code) => {
      const { errorCode, status } = errorTable[code];
      expect((await run(own, failWith(code))).result).toMatchObject({
        status: 'failed',
        error: { code, message: 'reason', error_code: errorCode },
        metadata: { tenant: 'a' },
      });
      expect((await run(line, failWith(code))).result).toMatchObject({
        custom_id: '1',
        response: { status_code: status },
      });
    },
  );

  it.each(codes.filter((code) => errorTable[code].disposition !== 'refused'))(
    'brings a message back after %s',
    async (code) => {
      for (const body of [own, line]) {
        const { thrown, result, record } = await run(body, failWith(code));
        expect(thrown).toMatchObject({ code });
        expect(result).toBeUndefined();
        expect(record.error).toBe(thrown);
      }
    },
  );

  it('brings a message back after an error that nobody foresaw, and shows nothing of it', async () => {
    const { thrown } = await run(own, () => {
      throw new Error('canary');
    });
    expect(thrown).toMatchObject({ code: 'internal_error', message: 'Internal error' });
  });

  it('answers that an unknown endpoint is gone, but not that a known one is', async () => {
    const ask = (model: string) => run({ ...own, model }, failWith('unsupported_method'));
    expect((await ask('nobody_knows_it')).result).toMatchObject({ error: { code: 'unsupported_method' } });
    expect((await ask('SQLCoder-7B')).thrown).toMatchObject({ code: 'unsupported_method' });
    expect((await ask('lbw_mine')).thrown).toMatchObject({ code: 'unsupported_method' });
  });
});
