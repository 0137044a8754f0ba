import { GatewayError } from '../../../../lib/core/errors.ts';
import {
  decodeBatchLine,
  encodeBatchOutput,
  isBatchLine,
  maxBatchTexts,
} from '../../../../lib/dialects/openai/batch.ts';
import { encodeOpenAiError } from '../../../../lib/dialects/openai/error.ts';
import { decodeCompletionsRequest, maxChoices } from '../../../../lib/dialects/openai/completions-request.ts';

const body = { model: 'm', prompt: 'p' };
const line = { custom_id: 'request-1', method: 'POST', url: '/v1/completions', body };
const decode = (fields: object) => decodeBatchLine({ ...line, ...fields });
const decodeBody = (fields: object) => decode({ body: { ...body, ...fields } });

function fault(fields: object): GatewayError {
  const { content } = decode(fields);
  if (content instanceof GatewayError) return content;
  throw new Error('The line was not refused');
}

const bodyFault = (fields: object) => fault({ body: { ...body, ...fields } });
const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

describe('isBatchLine', () => {
  it.each([line, { custom_id: 'c' }, { custom_id: 5 }, { url: '', body: 0 }])('knows %j', (value) => {
    expect(isBatchLine(value)).toBe(true);
  });

  it.each([
    {},
    { id: 'a', model: 'm', prompt: 'p' },
    { custom_id: null },
    { url: '/v1/completions' },
    { body },
    { url: null, body },
    { url: '/v1/completions', body: null },
  ])('takes %j for something else', (value) => {
    expect(isBatchLine(value)).toBe(false);
  });
});

describe('a Batch line', () => {
  it.each(['/v1/completions', '/v2/completions'])('asks for what its body asks for at %s', (url) => {
    expect(decode({ url })).toEqual({
      form: 'batch',
      id: 'request-1',
      content: decodeCompletionsRequest(JSON.stringify(body)),
    });
  });

  it('has all parameters of the OpenAI dialect', () => {
    const parameters = { prompt: ['a', 'b'], n: 2, echo: true, max_tokens: 5, stop: 'x', seed: 7, top_k: 3 };
    expect(decodeBody(parameters).content).toEqual(
      decodeCompletionsRequest(JSON.stringify({ model: 'm', ...parameters })),
    );
    expect(decodeBody(parameters).content).toMatchObject({
      texts: ['a', 'a', 'b', 'b'].map((prompt, index) => ({
        prompt,
        maxTokens: 5,
        stop: ['x'],
        // Added to the seed when the upstream is asked, so that two texts of a prompt differ.
        seed: 7,
        sample: index % 2,
        topK: 3,
      })),
      echo: true,
    });
  });

  it('is answered whole even if it asks for a stream', () => {
    expect(decodeBody({ stream: true }).content).toMatchObject({ texts: [{ prompt: 'p' }], stream: false });
  });

  it('may have fields that nobody knows', () => {
    expect(decode({ id: 5, metadata: {}, priority: 1 })).toEqual(decode({}));
  });
});

describe('the custom_id of a Batch line', () => {
  it.each(['1', 'x'.repeat(256), '😀'.repeat(256)])('may be %j', (custom_id) => {
    expect(decode({ custom_id })).toMatchObject({ id: custom_id, content: { model: 'm' } });
  });

  it.each([
    [undefined, 'invalid_argument', 'custom_id is required; '],
    [5, 'invalid_argument', 'custom_id is a number; '],
    [{}, 'invalid_argument', 'custom_id is an object; '],
    ['', 'invalid_parameter', 'custom_id is empty; '],
    ['x'.repeat(257), 'invalid_parameter', 'custom_id has 257 characters; '],
  ])('is not read when it is %j', (custom_id, code, message) => {
    expect(decode({ custom_id }).id).toBeUndefined();
    expect(fault({ custom_id })).toMatchObject({ code, status: 400, parameter: 'custom_id' });
    expect(fault({ custom_id }).message).toContain(
      `${message}custom_id must be a non-empty string of at most 256 characters`,
    );
  });

  it.each([{ method: 'GET' }, { url: 5 }, { body: null }, { body: {} }])('is known even with %j', (fields) => {
    expect(decode(fields).id).toBe('request-1');
    expect(fault(fields).status).toBe(400);
  });
});

describe('what is wrong around the body', () => {
  it.each(['GET', 'post', '', 'POST '])('is a method other than POST: %j', (method) => {
    const error = fault({ method });
    expect(error).toMatchObject({ code: 'invalid_parameter', parameter: 'method' });
    expect(error.message).toContain('method must be POST');
  });

  it.each(['/v1/chat/completions', '/v3/completions', '/v1/completions?x=1', 'https://a/v1/completions', ''])(
    'is a URL other than that of completions: %j',
    (url) => {
      const error = fault({ url });
      expect(error).toMatchObject({ code: 'invalid_parameter', parameter: 'url' });
      expect(error.message).toContain('url must be /v1/completions or /v2/completions');
    },
  );

  it.each([
    ['method', undefined, 'method is required; method must be POST'],
    ['url', undefined, 'url is required; url must be /v1/completions'],
    ['url', ['/v1/completions'], 'url is an array; '],
    ['body', undefined, 'body is required; body must be an object'],
    ['body', null, 'body is null; '],
    ['body', [body], 'body is an array; '],
    ['body', JSON.stringify(body), 'body is a string; '],
  ])('is a %s that is missing or of the wrong type: %j', (name, value, message) => {
    const error = fault({ [name]: value });
    expect(error).toMatchObject({ code: 'invalid_argument', parameter: name });
    expect(error.message).toContain(message);
  });

  it('is named all at once, before what is wrong in the body', () => {
    const { message } = fault({ custom_id: '', method: 'GET', url: '/v1/chat/completions', body: { messages: [] } });
    expect(message).toMatch(/custom_id is empty; .*method must be POST.*url must be /);
    expect(message).not.toContain('prompt');
  });
});

describe('what is wrong in the body', () => {
  it.each([
    { prompt: undefined },
    { prompt: [] },
    { prompt: [1.5] },
    { prompt: [[1], []] },
    { model: 5 },
    { temperature: 3, user: 5 },
    { n: 0 },
    { n: 1.5 },
    { prompt: many(2), n: -6 },
    { suffix: 5 },
  ])('is what is wrong with the same body over HTTP: %j', (fields) => {
    const { code, message, parameter } = bodyFault(fields);
    const decodeOverHttp = () => decodeCompletionsRequest(JSON.stringify({ ...body, ...fields }));
    expect(decodeOverHttp).toThrow(expect.objectContaining({ code, message, parameter }));
  });

  it.each([
    [many(maxBatchTexts), 1],
    [many(1), maxBatchTexts],
    ['p', maxBatchTexts],
    [many(maxBatchTexts / 2), 2],
    [many(maxBatchTexts), null],
  ])('is not how many texts %j × %j are', (prompt, n) => {
    const prompts = [prompt].flat().flatMap((item) => Array<string>(n ?? 1).fill(item));
    expect(decodeBody({ prompt, n }).content).toMatchObject({ texts: prompts.map((item) => ({ prompt: item })) });
  });

  it.each([
    [many(maxBatchTexts + 1), 1, 'prompt', maxBatchTexts + 1],
    [many(maxChoices + 1), undefined, 'prompt', maxChoices + 1],
    [many(maxBatchTexts / 2 + 1), 2, 'prompt', maxBatchTexts + 2],
    ['p', maxBatchTexts + 1, 'n', maxBatchTexts + 1],
    ['p', maxChoices + 1, 'n', maxChoices + 1],
  ])('is that one invocation may not suffice for the texts of %j × %j', (prompt, n, parameter, texts) => {
    const error = bodyFault({ prompt, n });
    expect(error).toMatchObject({ code: 'invalid_parameter', status: 400, parameter });
    expect(error.message).toBe(
      `prompts × n is ${texts}, and one line may ask for ${maxBatchTexts} texts at most; split the line`,
    );
  });
});

describe('a line of the output', () => {
  it('has the answer as JSON, on one line', () => {
    const output = encodeBatchOutput('request-1', 'r-1', 200, '{\n "id": "cmpl-1", "choices": [{"text": "a\\nb"}]\n}');
    expect(output).toBe(
      '{"id":"batch_req_r-1","custom_id":"request-1","response":{"status_code":200,"request_id":"r-1",' +
        '"body":{"id":"cmpl-1","choices":[{"text":"a\\nb"}]}},"error":null}',
    );
  });

  it('has the status and the body of an error where the answer is one', () => {
    const error = bodyFault({ n: 0 });
    expect(JSON.parse(encodeBatchOutput('request-1', 'r-1', error.status, encodeOpenAiError(error)))).toEqual({
      id: 'batch_req_r-1',
      custom_id: 'request-1',
      response: {
        status_code: 400,
        request_id: 'r-1',
        body: {
          error: { message: error.message, type: 'invalid_request_error', param: 'n', code: 'invalid_parameter' },
        },
      },
      error: null,
    });
  });

  it('is carried by SQS whatever the text is', () => {
    const text = '\u0000\uFFFD\uFFFE\uFFFF\uD83D😀';
    const output = encodeBatchOutput(text, 'r-1', 200, JSON.stringify({ text }));
    expect(output).toContain('\\u0000\uFFFD\\ufffe\\uffff\\ud83d\\ud83d\\ude00');
    expect(JSON.parse(output)).toMatchObject({ custom_id: text, response: { body: { text } } });
  });
});
