import { GatewayError } from '../../../../lib/core/errors.ts';
import { decodeCompletionsRequest, maxChoices } from '../../../../lib/dialects/openai/completions-request.ts';

const decode = (fields: object) => decodeCompletionsRequest(JSON.stringify({ model: 'm', prompt: 'p', ...fields }));

function refusalOf(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The body was not refused');
}

/** What the one text of a body is asked for with. */
const parametersOf = (fields: object) => decode(fields).texts[0];

const refusal = (fields: object) => refusalOf(() => decode(fields));
const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

/** Each parameter's name on the wire and in the contract, values it takes and values just out of its range. */
const parameters = [
  { name: 'max_tokens', key: 'maxTokens', taken: [1, 16, 2 ** 53 - 1], outside: [0, -1, 1.5, 2 ** 53] },
  { name: 'temperature', key: 'temperature', taken: [0, 0.000_1, 1, 1.999_9, 2], outside: [-0.000_1, 2.000_1, 1e308] },
  { name: 'top_p', key: 'topP', taken: [0, 0.5, 1], outside: [-0.000_1, 1.000_1] },
  { name: 'presence_penalty', key: 'presencePenalty', taken: [-2, 0, 2], outside: [-2.000_1, 2.000_1] },
  { name: 'frequency_penalty', key: 'frequencyPenalty', taken: [-2, 0, 2], outside: [-2.000_1, 2.000_1] },
  { name: 'seed', key: 'seed', taken: [0, -7, 2 ** 53 - 1, 1 - 2 ** 53], outside: [0.5, 2 ** 53] },
  { name: 'top_k', key: 'topK', taken: [1, 50], outside: [-2, 1.5] },
  { name: 'penalty_score', key: 'penaltyScore', taken: [1, 1.5, 2], outside: [0.999_9, 2.000_1] },
  { name: 'user', key: 'userId', taken: ['u', '', '用户'], outside: [] },
  { name: 'user_id', key: 'userId', taken: ['u', '', '用户'], outside: [] },
] as const;

describe('a parameter', () => {
  const cases = (which: 'taken' | 'outside') =>
    parameters.flatMap(({ name, key, [which]: values }) => [...values].map((value) => ({ name, key, value })));

  it.each(cases('taken'))('$name may be $value', ({ name, key, value }) => {
    expect(parametersOf({ [name]: value })?.[key]).toBe(value);
  });

  it.each(cases('outside'))('$name may not be $value', ({ name, value }) => {
    const { code, status, parameter, message } = refusal({ [name]: value });
    expect({ code, status, parameter }).toEqual({ code: 'invalid_parameter', status: 400, parameter: name });
    expect(message).toContain(`${name} is ${value}; ${name} must be `);
  });

  it.each(parameters)('$name is not set when it is null or absent', ({ name, key }) => {
    expect(parametersOf({ [name]: null })?.[key]).toBeUndefined();
    expect(parametersOf({})?.[key]).toBeUndefined();
  });

  const mistyped = [...parameters.map(({ name }) => name), 'model', 'stream', 'echo', 'n', 'stream_options'].flatMap(
    (name) => [[name, []] as const, [name, name.startsWith('user') || name === 'model' ? 1 : 'text'] as const],
  );

  it.each(mistyped)('%s may not be of another type, such as %j', (name, value) => {
    const { code, errorCode, parameter } = refusal({ [name]: value });
    expect({ code, errorCode, parameter }).toEqual({ code: 'invalid_argument', errorCode: 336001, parameter: name });
  });
});

describe('stop', () => {
  it.each([
    ['x', ['x']],
    [
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ],
    [[], []],
    ['😀'.repeat(1_024), ['😀'.repeat(1_024)]],
    [many(64), many(64)],
  ])('may be %j', (stop, items) => {
    expect(parametersOf({ stop })?.stop).toEqual(items);
  });

  it.each(['', [''], many(65), 'x'.repeat(1_025), ['a', 1]].map((stop) => ({ stop })))(
    'may not be $stop',
    ({ stop }) => {
      expect(refusal({ stop })).toMatchObject({ code: 'invalid_parameter', parameter: 'stop', status: 400 });
    },
  );
});

describe('prompt and n', () => {
  it('make one text when nothing else is asked', () => {
    expect(decode({})).toEqual({
      model: 'm',
      texts: [{ prompt: 'p' }],
      echo: false,
      stream: false,
      includeUsage: false,
    });
  });

  it.each([
    [many(1), 1],
    [many(maxChoices), 1],
    [many(1), maxChoices],
    [many(maxChoices / 2), 2],
    [many(3), 5],
  ])('may ask for as many texts as %j × %i', (prompt, n) => {
    const prompts = prompt.flatMap((item) => Array<string>(n).fill(item));
    expect(decode({ prompt, n }).texts.map((text) => text.prompt)).toEqual(prompts);
  });

  it.each([
    [many(maxChoices + 1), 1, 'prompt'],
    [many(1), maxChoices + 1, 'n'],
    [many(maxChoices), 2, 'n'],
    [many(maxChoices / 2 + 1), 2, 'n'],
    [many(1), 0, 'n'],
    [many(1), -1, 'n'],
    [many(1), 1.5, 'n'],
  ])('may not ask for %j × %p', (prompt, n, parameter) => {
    expect(refusal({ prompt, n })).toMatchObject({ code: 'invalid_parameter', status: 400, parameter });
  });

  it.each(['', [], [''], ['a', ''], [1.5], [-1], [[]], ['a', 1], [[1], 'a']].map((prompt) => ({ prompt })))(
    'refuse the prompt $prompt',
    ({ prompt }) => {
      expect(refusal({ prompt })).toMatchObject({ code: 'invalid_parameter', status: 400, parameter: 'prompt' });
    },
  );

  it('never show the text', () => {
    expect(refusal({ prompt: ['secret text', ''] }).message).not.toContain('secret');
  });
});

describe('flags', () => {
  it.each([true, false])('echo and stream may be %j', (value) => {
    expect(decode({ echo: value, stream: value })).toMatchObject({ echo: value, stream: value });
  });

  it.each([
    [{ include_usage: true }, true],
    [{ include_usage: false }, false],
    [{ include_usage: null }, false],
    [{}, false],
    [null, false],
  ])('stream_options may be %j', (stream_options, includeUsage) => {
    expect(decode({ stream: true, stream_options }).includeUsage).toBe(includeUsage);
  });
});

describe('a prompt of token ids', () => {
  it.each([
    [[1, 2], [[1, 2]]],
    [
      [[1, 2], [3]],
      [[1, 2], [3]],
    ],
  ])('%j is read as it is', (prompt, tokens) => {
    expect(decode({ prompt }).texts).toEqual(tokens.map((ids) => ({ prompt: '', tokens: ids })));
  });
});

describe('suffix', () => {
  it('is what comes after the text', () => {
    expect(parametersOf({ suffix: ' tail\n' })?.suffix).toBe(' tail\n');
  });

  it.each([{}, { suffix: null }, { suffix: '' }])('is not set by %j', (fields) => {
    expect(parametersOf(fields)?.suffix).toBeUndefined();
    expect(refusal({ ...fields, prompt: '' })).toMatchObject({ code: 'invalid_parameter', parameter: 'prompt' });
  });

  it('may stand with an empty prompt', () => {
    expect(parametersOf({ prompt: '', suffix: 'tail' })).toMatchObject({ prompt: '', suffix: 'tail' });
  });
});

describe('half a character', () => {
  it.each([
    ['prompt', 'a\ud83d'],
    ['prompt', ['a', '\ude00b']],
    ['suffix', '\ude00'],
    ['stop', '\ud83d'],
    ['stop', ['a', '\ud83d']],
  ])('is refused in %s: %j', (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({ code: 'invalid_parameter', status: 400, parameter: name });
  });
});

describe('a body', () => {
  it.each([
    ['{"model":"m","prompt":"p"]}', 'invalid_json'],
    ['', 'invalid_json'],
    ['[]', 'invalid_argument'],
    ['null', 'invalid_argument'],
    ['{"prompt":"p"}', 'invalid_argument'],
    ['{"model":"","prompt":"p"}', 'invalid_parameter'],
    [`{"model":"${'m'.repeat(257)}","prompt":"p"}`, 'invalid_parameter'],
  ])('%s is refused with %s', (text, code) => {
    expect(refusalOf(() => decodeCompletionsRequest(text))).toMatchObject({ code, status: 400 });
  });
});

describe('a field of the wrong shape', () => {
  it.each([
    [{ prompt: undefined }, 'prompt is required'],
    [{ prompt: null }, 'prompt is null'],
    [{ prompt: {} }, 'prompt is an object'],
    [{ prompt: 5 }, 'prompt is a number'],
    [{ stop: {} }, 'stop is an object'],
    [{ stream_options: { include_usage: 'x' } }, 'stream_options.include_usage is a string'],
  ])('is an invalid_argument that says so: %j', (fields, message) => {
    expect(refusal(fields)).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(message) });
  });

  it('is the one the parameter names, even after one that is only out of range', () => {
    expect(refusal({ temperature: -0.1, user: 5 })).toMatchObject({ code: 'invalid_argument', parameter: 'user' });
  });
});
