import * as fc from 'fast-check';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { decodeQueueMessage, encodeFailed, encodeSucceeded } from '../../../../lib/dialects/queue/message.ts';
import { encodeResultPointer } from '../../../../lib/dialects/queue/result-pointer.ts';
import type { CompletionMessage } from '../../../../lib/dialects/queue/message.ts';
import { decodeV1Request } from '../../../../lib/dialects/qianfan-v1/completions-request.ts';
import { encodeV1Completion } from '../../../../lib/dialects/qianfan-v1/answer-writer.ts';

function decodeText(bodyText: string): CompletionMessage {
  const message = decodeQueueMessage(bodyText);
  if (message.form === 'completion') return message;
  throw new Error('The message was taken for a Batch line');
}

const whole = { id: 'a-1', model: 'StarCoder', prompt: 'p' };
const decode = (fields: object) => decodeText(JSON.stringify({ ...whole, ...fields }));

function faultOf({ content }: CompletionMessage): GatewayError {
  if (content instanceof GatewayError) return content;
  throw new Error('The message was not refused');
}

const fault = (fields: object) => faultOf(decode(fields));
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('a message of the request queue', () => {
  it('asks a model for a completion', () => {
    expect(decode({ metadata: { row: 7 } })).toEqual({
      form: 'completion',
      id: 'a-1',
      metadata: { row: 7 },
      content: { model: 'StarCoder', parameters: { prompt: 'p' } },
    });
  });

  it.each([undefined, null])('asks an endpoint where the model is %p', (model) => {
    expect(decode({ model, endpoint: 'lbwxxxd4_starcoder' }).content).toEqual({
      model: 'lbwxxxd4_starcoder',
      parameters: { prompt: 'p' },
    });
  });

  it('asks a model where the endpoint is null', () => {
    expect(decode({ endpoint: null }).content).toMatchObject({ model: 'StarCoder' });
  });

  it('may name a model that has no form of an endpoint, for the catalog knows which there are', () => {
    expect(decode({ model: 'meta/llama 3:8b' }).content).toMatchObject({ model: 'meta/llama 3:8b' });
  });

  it('has the parameters of a V1 body', () => {
    const parameters = { temperature: 0.1, top_k: 5, top_p: 0, penalty_score: 1, stop: ['a'], user_id: 'u' };
    expect(decode(parameters).content).toEqual({
      model: 'StarCoder',
      parameters: decodeV1Request(JSON.stringify({ prompt: 'p', ...parameters })).parameters,
    });
    expect(decode(parameters).content).toHaveProperty('parameters.penaltyScore', 1);
  });

  it.each([true, false, null])('is answered whole, whatever stream says (%p)', (stream) => {
    expect(decode({ stream })).toEqual(decode({}));
  });

  it('may have fields that nobody knows', () => {
    expect(decode({ max_tokens: -1, url: '/v1/completions', body: null, custom_id: null })).toEqual(decode({}));
  });

  it('may give its prompt as the one message of the user, as the Node SDK does', () => {
    const messages = [{ role: 'user', content: 'hello' }];
    expect(decode({ prompt: undefined, messages }).content).toMatchObject({ parameters: { prompt: 'hello' } });
    expect(fault({ prompt: undefined, messages: [...messages, ...messages] }).code).toBe('invalid_messages');
  });

  it.each([{ custom_id: 'c' }, { custom_id: '' }, { url: '/v1/completions', body: {} }])(
    'is a Batch line with %j',
    (fields) => {
      expect(decodeQueueMessage(JSON.stringify({ ...whole, ...fields })).form).toBe('batch');
    },
  );
});

describe('the id of a message', () => {
  it.each(['1', ' ', '千帆', 'x'.repeat(256), '😀'.repeat(256)])('may be %j', (id) => {
    expect(decode({ id })).toMatchObject({ id, content: { model: 'StarCoder' } });
  });

  it.each([
    [undefined, 'invalid_argument', 'id is required; '],
    [null, 'invalid_argument', 'id is null; '],
    [7, 'invalid_argument', 'id is a number; '],
    [{}, 'invalid_argument', 'id is an object; '],
    ['', 'invalid_parameter', 'id is empty; '],
    ['x'.repeat(257), 'invalid_parameter', 'id has 257 characters; '],
  ])('is not read when it is %j', (id, code, message) => {
    expect(decode({ id }).id).toBeUndefined();
    expect(fault({ id })).toMatchObject({ code, parameter: 'id', message: expect.stringContaining(message) });
    expect(fault({ id }).message).toContain('id must be a non-empty string of at most 256 characters');
  });

  it('is known even if nothing else is right', () => {
    expect(decodeText('{"id":"a-1"}').id).toBe('a-1');
  });
});

describe('the metadata of a message', () => {
  const values = [0, -1.5, '', 'text', true, false, null, [], {}, [1, { deep: [null] }], { toJSON: 1 }, nested(100)];

  const exact =
    '{"order":9007199254740993,"snowflake":12345678901234567890,"price":10.00,"big":1e400,"zero":-0,"list":[1E5,0.10]}';

  it('comes back to the digit, with an answer and with an error', () => {
    const message = decodeText(`{"id":"a", "metadata" : ${exact}, "model":"m", "prompt":"p", "temperature":1.0}`);
    const failed = encodeFailed(message, 'm', new GatewayError('high_load', 'x'));
    expect(failed).toContain(`"metadata":${exact}}`);
    expect(encodeSucceeded(message, 'm', completion)).toContain(`"metadata":${exact}}`);
    const pointer = encodeResultPointer('a', 'succeeded', { bucket: 'b', key: 'k' }, message.metadata);
    expect(pointer).toContain(`"metadata":${exact}}`);
  });

  it('comes back to the digit from a message that cannot be answered', () => {
    const message = decodeText(`{"id":12345678901234567890,"model":"m","prompt":"p","metadata":${exact}}`);
    expect(encodeFailed(message, 'm', faultOf(message))).toContain(`"metadata":${exact}}`);
  });

  it('cannot be given back when something else of the message nests thousands of levels deep', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const message = decodeText(`{"id":"a-1","model":"m","prompt":"p","x":${deep},"metadata":1}`);
    expect(message).toMatchObject({ id: 'a-1', metadata: undefined });
    expect(faultOf(message)).toMatchObject({ code: 'invalid_parameter', parameter: 'metadata' });
  });

  it.each(values.map((metadata) => ({ metadata })))('is given back: $metadata', ({ metadata }) => {
    expect(decode({ metadata }).metadata).toEqual(metadata);
    expect(decode({ metadata, prompt: 5 }).metadata).toEqual(metadata);
    const result = JSON.parse(encodeFailed(decode({ metadata }), 'm', new GatewayError('high_load', 'x'))) as object;
    expect(result).toHaveProperty('metadata', metadata);
  });

  it('keeps a key named __proto__', () => {
    const message = decodeText('{"id":"a","metadata":{"__proto__":{"x":1}}}');
    expect(encodeFailed(message, 'm', faultOf(message))).toContain('"metadata":{"__proto__":{"x":1}}}');
  });

  it('is absent from the result when the message has none', () => {
    expect(decode({})).toHaveProperty('metadata', undefined);
    expect(encodeFailed(decode({}), 'm', fault({ prompt: 1 }))).not.toContain('metadata');
  });

  it.each([101, 200_000])('is refused when it nests %i levels deep, for it could not be written again', (levels) => {
    const message = decodeText(
      `{"id":"a-1","model":"m","prompt":"p","metadata":${'['.repeat(levels)}${']'.repeat(levels)}}`,
    );
    expect(message).toMatchObject({ id: 'a-1', metadata: undefined });
    expect(faultOf(message)).toMatchObject({ code: 'invalid_parameter', parameter: 'metadata' });
    expect(faultOf(message).message).toContain('metadata nests more than 100 levels');
    expect(encodeFailed(message, 'm', faultOf(message))).not.toContain('[[');
  });
});

describe('a message that asks for no model', () => {
  it.each([{}, { model: null }, { model: null, endpoint: null }])('is refused, naming both ways: %j', (fields) => {
    const error = fault({ model: undefined, ...fields });
    expect(error).toMatchObject({ code: 'invalid_argument', errorCode: 336001, parameter: 'model' });
    expect(error.message).toMatch(/^Invalid Argument: model is (required|null); .*endpoint/);
  });

  it.each([
    [{ model: 5 }, 'invalid_argument', 'model', 'model is a number'],
    [{ model: '' }, 'invalid_parameter', 'model', 'model is empty'],
    [{ model: 'm'.repeat(257) }, 'invalid_parameter', 'model', 'model has 257 characters'],
    [{ model: null, endpoint: ['x'] }, 'invalid_argument', 'endpoint', 'endpoint is an array'],
    [{ model: null, endpoint: '' }, 'invalid_parameter', 'endpoint', 'endpoint is empty'],
  ])('is refused, naming the field: %j', (fields, code, parameter, message) => {
    expect(fault(fields)).toMatchObject({ code, parameter, message: expect.stringContaining(message) });
  });

  it.each(['m', 'x/../y', 5])('is refused for asking for two: %j', (endpoint) => {
    const { message, code } = fault({ endpoint });
    expect(message).toContain('give one of them');
    expect(message).not.toContain('API name');
    expect(code).toBe(typeof endpoint === 'string' ? 'invalid_parameter' : 'invalid_argument');
  });

  it.each(['a/b', '../../x', 'x?y=1', 'x#y', 'a b', '千帆', 'x\n', 'x'.repeat(257)])(
    'is refused for an endpoint that is no segment of a path: %j',
    (endpoint) => {
      const error = fault({ model: undefined, endpoint });
      expect(error).toMatchObject({ code: 'api_name_not_found', errorCode: 336005, parameter: 'endpoint' });
      expect(error.message).not.toContain(endpoint);
    },
  );
});

describe('what is wrong with a message', () => {
  const limits: readonly object[] = [
    { prompt: undefined },
    { prompt: '' },
    { prompt: 5 },
    { stream: 'yes' },
    { temperature: 0 },
    { temperature: 1.01 },
    { top_k: 1.5 },
    { top_p: -0.1 },
    { penalty_score: 2.1 },
    { stop: ['a', 'b', 'c', 'd', 'e'] },
    { stop: ['x'.repeat(21)] },
    { user_id: 7 },
    { temperature: 2, user_id: 7 },
    { prompt: undefined, messages: [] },
  ];

  it.each(limits)('is what is wrong with the same V1 body: %j', (fields) => {
    const { code, message, parameter } = fault(fields);
    const decodeOverHttp = () => decodeV1Request(JSON.stringify({ prompt: 'p', ...fields }));
    expect(decodeOverHttp).toThrow(expect.objectContaining({ code, message, parameter }));
  });

  it('is named all at once', () => {
    const error = faultOf(
      decodeText(JSON.stringify({ id: '', model: 'm', endpoint: 'e', temperature: 5, metadata: nested(101) })),
    );
    expect(error).toMatchObject({ code: 'invalid_argument', parameter: 'prompt' });
    for (const part of [
      'id is empty',
      'prompt is required',
      'temperature is 5',
      'give one of them',
      'metadata nests',
    ]) {
      expect(error.message).toContain(part);
    }
    expect(fault({ model: null, endpoint: 'a b', top_p: 7 }).message).toMatch(/top_p is 7; .*\. API name not exist: /);
  });

  it.each([
    ['', 'invalid_json'],
    ['{"id":"a-1","model":"m","prompt":"p"', 'invalid_json'],
    ['\u0000', 'invalid_json'],
    ['['.repeat(500_000), 'invalid_json'],
    ['[]', 'invalid_argument'],
    ['null', 'invalid_argument'],
    ['"text"', 'invalid_argument'],
  ])('is told where nothing can be read', (text, code) => {
    const message = decodeText(text);
    expect(message).toMatchObject({ form: 'completion', id: undefined, metadata: undefined, content: { code } });
  });

  it('is told of a field that nests endlessly', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const name of ['id', 'model', 'endpoint', 'prompt', 'stop', 'messages']) {
      const error = faultOf(decodeText(`{"${name}":${deep}}`));
      expect(error.code).not.toBe('internal_error');
      expect(error.message.length).toBeLessThan(500);
    }
  });
});

const names = ['id', 'model', 'endpoint', 'prompt', 'stop', 'messages', 'temperature', 'stream', 'user_id', 'metadata'];
const many = (text: string) => Array.from({ length: 20 }, () => text);
const batchNames = ['custom_id', 'method', 'url', 'body', 'n'];

/** The error of a message in either form. */
function errorOf(bodyText: string): GatewayError | undefined {
  const { content } = decodeQueueMessage(bodyText);
  return content instanceof GatewayError ? content : undefined;
}

/** The codes of what can be wrong with a message; an internal error would be a fault of the decoder. */
const codes = [
  undefined,
  'invalid_json',
  'invalid_argument',
  'invalid_parameter',
  'invalid_messages',
  'api_name_not_found',
];

/** A message, and a Batch line with it as the body. */
const inBothForms = (fields: object) =>
  [fields, { custom_id: 'c', method: 'POST', url: '/v1/completions', body: fields }].map((value) =>
    JSON.stringify(value),
  );

describe('decodeQueueMessage', () => {
  it('never throws at any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expect(codes).toContain(errorOf(text)?.code)));
    expect.hasAssertions();
  });

  it('never throws at any JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => expect(codes).toContain(errorOf(text)?.code)));
    expect.hasAssertions();
  });

  it('never throws at any values of its fields', () => {
    const fields = fc.dictionary(fc.constantFrom(...names, ...batchNames), fc.jsonValue());
    fc.assert(
      fc.property(fields, (given) => {
        for (const text of inBothForms(given)) expect(codes).toContain(errorOf(text)?.code);
      }),
    );
    expect.hasAssertions();
  });

  it('puts no text of a message into an error', () => {
    const value = fc
      .stringMatching(/^~[a-z0-9]{6,}$/)
      .chain((text) =>
        fc.constantFrom<unknown>(text, [text], { text }, [{ content: text }], text.padEnd(300, '~'), many(text)),
      );
    const fields = fc.dictionary(fc.constantFrom(...names, ...batchNames, '~name'), value);
    fc.assert(
      fc.property(fields, (given) => {
        for (const text of inBothForms(given)) {
          for (const faulty of [text, text.slice(0, -1), text.replaceAll('"', '')]) {
            expect(errorOf(faulty)?.message ?? '').not.toContain('~');
          }
        }
      }),
    );
    expect.hasAssertions();
  });
});

const completion = {
  id: 'as-1',
  createdSeconds: 1_700_000_000,
  text: 'def f():',
  isSafe: true,
  usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
  finishReason: 'stop',
  includesStop: true,
} as const;

describe('the result of a message that was answered', () => {
  const encode = (fields: object, given: Parameters<typeof encodeSucceeded>[2] = completion) =>
    encodeSucceeded(decode(fields), 'message-id', given);

  it('has the completion and the metadata', () => {
    expect(encode({ metadata: [1] })).toBe(
      '{"id":"a-1","status":"succeeded","completion":{"id":"as-1","created":1700000000,"result":"def f():","is_safe":1,' +
        '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}},"metadata":[1]}',
    );
  });

  it('has no usage that was not counted, and no metadata that was not given', () => {
    expect(JSON.parse(encode({}, { id: 'as-1', createdSeconds: 5, text: '', isSafe: false }))).toEqual({
      id: 'a-1',
      status: 'succeeded',
      completion: { id: 'as-1', created: 5, result: '', is_safe: 0 },
    });
  });

  it('has the completion as V1 answers it over HTTP', () => {
    const { object, ...answer } = JSON.parse(encodeV1Completion(completion)) as Record<string, unknown>;
    expect(object).toBe('completion');
    expect(JSON.parse(encode({}))).toHaveProperty('completion', answer);
  });

  it('is named by the MessageId where the message has no id', () => {
    expect(JSON.parse(encode({ id: undefined }))).toHaveProperty('id', 'message-id');
  });

  it('is carried by SQS whatever the text is, and unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, metadata) => {
        const tail = '\u0000\u001F\uFFFD\uFFFE\uFFFF\uD83D';
        const body = encode({ metadata }, { ...completion, text: text + tail });
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        expect(body).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
        const result = JSON.parse(body) as { completion: { result: string }; metadata: unknown };
        expect(result.completion.result).toBe(text + tail);
        // JSON has no -0.
        expect(JSON.stringify(result.metadata)).toBe(JSON.stringify(metadata));
      }),
    );
  });
});

describe('the result of a message that failed', () => {
  const error = new GatewayError('upstream_rejected', 'No such thing', { errorCode: 17_000, parameter: 'prompt' });

  it('has the error and the metadata', () => {
    expect(encodeFailed(decode({ metadata: null }), 'message-id', error)).toBe(
      '{"id":"a-1","status":"failed","error":{"code":"upstream_rejected","message":"No such thing","error_code":17000},' +
        '"metadata":null}',
    );
  });

  it('is named by the MessageId where the message cannot be read', () => {
    const message = decodeText('{');
    expect(JSON.parse(encodeFailed(message, 'message-id', faultOf(message)))).toEqual({
      id: 'message-id',
      status: 'failed',
      error: { code: 'invalid_json', message: expect.stringContaining('Invalid JSON'), error_code: 336002 },
    });
  });
});

it.each([
  { id: 'a', model: 'm', prompt: 'a\ud83d' },
  { custom_id: 'a', method: 'POST', url: '/v1/completions', body: { model: 'm', prompt: 'p', suffix: '\ude00' } },
])('refuses half a character in either form: %j', (body) => {
  expect(decodeQueueMessage(JSON.stringify(body)).content).toMatchObject({ code: 'invalid_parameter', status: 400 });
});
