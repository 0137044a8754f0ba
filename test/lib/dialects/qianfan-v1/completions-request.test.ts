import { createModelCatalog } from '../../../../lib/core/models.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { decodeV1Request, encodeV1Request } from '../../../../lib/dialects/qianfan-v1/completions-request.ts';

const missingOrMistyped = 336001;
const outOfRange = 336003;

const decode = (fields: object) => decodeV1Request(JSON.stringify({ prompt: 'p', ...fields }));

function refusal(fields: object): GatewayError {
  try {
    decode(fields);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The body was not refused');
}

/** Each field's name on the wire and in the contract, values it takes, values out of range, and what messages allow. */
const fields = [
  { name: 'prompt', key: 'prompt', taken: ['p', ' ', '千帆', '\u0000'], outside: [''], allowed: 'a non-empty string' },
  {
    name: 'temperature',
    key: 'temperature',
    taken: [Number.MIN_VALUE, 0.000_1, 0.95, 1],
    outside: [0, -0, -0.000_1, -1, 1.000_1, 2, 1e308, -1e308],
    allowed: 'a number in (0, 1.0]',
  },
  {
    name: 'top_k',
    key: 'topK',
    taken: [1, 2, 50, 2 ** 53 - 1],
    outside: [0, -1, 0.5, 1.5, 2 ** 53, 1e300],
    allowed: 'a positive integer',
  },
  {
    name: 'top_p',
    key: 'topP',
    taken: [0, 0.5, 1],
    outside: [-0.000_1, 1.000_1, 1e308],
    allowed: 'a number in [0, 1.0]',
  },
  {
    name: 'penalty_score',
    key: 'penaltyScore',
    taken: [1, 1.5, 2],
    outside: [0, 0.999_9, 2.000_1, -1.5],
    allowed: 'a number in [1.0, 2.0]',
  },
  {
    name: 'stop',
    key: 'stop',
    taken: [[], [''], ['x'.repeat(20)], ['a', 'b', 'c', 'd'], ['😀'.repeat(20)], ['千'.repeat(20)]],
    outside: [['a', 'b', 'c', 'd', 'e'], ['x'.repeat(21)], ['a', '😀'.repeat(21)]],
    allowed: 'an array of at most 4 strings of at most 20 characters each',
  },
  { name: 'user_id', key: 'userId', taken: ['u', '', '用户'.repeat(1_000)], outside: [], allowed: 'a string' },
  { name: 'stream', key: 'stream', taken: [true, false], outside: [], allowed: 'a boolean' },
] as const;

const cases = (key: 'taken' | 'outside') =>
  fields.flatMap((field) =>
    field[key].map((value) => ({ ...field, value, shown: JSON.stringify(value).slice(0, 40) })),
  );

/** A value of every JSON type but null. */
const valuesByType = { string: 'text', number: 1, boolean: true, array: [1], object: {} };
const mistyped = fields.flatMap(({ name, taken, allowed }) => {
  const ownType = Array.isArray(taken[0]) ? 'array' : typeof taken[0];
  return Object.entries(valuesByType)
    .filter(([type]) => type !== ownType)
    .map(([type, value]) => ({ name, type, value, allowed }));
});

describe('decodeV1Request', () => {
  it.each(cases('taken'))('takes $shown as $name', ({ name, key, value }) => {
    const { stream, parameters } = decode({ [name]: value });
    expect(key === 'stream' ? stream : parameters[key]).toEqual(value);
  });

  it.each(cases('outside'))('refuses $shown as $name and says what is allowed', ({ name, value, allowed }) => {
    expect(refusal({ [name]: value })).toMatchObject({
      code: 'invalid_parameter',
      errorCode: outOfRange,
      message: expect.stringContaining(`${name} must be ${allowed}`),
    });
  });

  it.each(mistyped)('refuses type $type as $name', ({ name, type, value, allowed }) => {
    const { code, errorCode, message } = refusal({ [name]: value });
    expect({ code, errorCode }).toEqual({ code: 'invalid_argument', errorCode: missingOrMistyped });
    expect(message).toMatch(new RegExp(`${name}(\\[0\\])? is an? (${type}|number); ${name} must be `));
    expect(message).toContain(allowed);
  });

  it.each([
    ['temperature', 0, 'temperature is 0;'],
    ['top_k', 1.5, 'top_k is 1.5;'],
    ['prompt', '', 'prompt is empty;'],
    ['prompt', null, 'prompt is null;'],
    ['prompt', undefined, 'prompt is required;'],
    ['stop', ['a', 'b', 'c', 'd', 'e'], 'stop has 5 items;'],
    ['stop', ['a', 'x'.repeat(21)], 'stop[1] has 21 characters;'],
    ['stop', ['a', null], 'stop[1] is null;'],
    ['stop', 'a', 'stop is a string;'],
  ])('names the fault of %s %p', (name, value, fault) => {
    expect(refusal({ [name]: value }).message).toContain(fault);
  });

  it('names every faulty field at once', () => {
    const { message } = refusal({ temperature: 2, top_p: -1, stop: ['x'.repeat(21)] });
    expect(message).toMatch(/temperature is 2;.*top_p is -1;.*stop\[0\] has 21 characters;/);
  });

  it('reports a field of the wrong type before one that is out of range', () => {
    const { errorCode, message } = refusal({ temperature: 2, user_id: 7 });
    expect(errorCode).toBe(missingOrMistyped);
    expect(message).toMatch(/temperature is 2;.*user_id is a number;/);
  });

  it('takes absent and null parameters as not set', () => {
    const optional = fields.map(({ name }) => name).filter((name) => name !== 'prompt');
    const nulls = decode(Object.fromEntries(optional.map((name) => [name, null])));
    expect(nulls).toEqual({ stream: false, parameters: { prompt: 'p' } });
    expect(decode({})).toEqual(nulls);
  });

  it('ignores fields it does not know, and lists all but those of the SDKs', () => {
    const unknown = {
      extra_parameters: { request_source: 'qianfan_py_sdk_v0.4.12.3' },
      model: 'CODELLAMA-7B-INSTRUCT',
      headers: {},
      messages: [],
      Temperature: 5,
    };
    expect(decode(unknown)).toEqual({ ...decode({}), ignored: ['Temperature'] });
  });
});

describe('encodeV1Request', () => {
  const model = createModelCatalog({ StarCoder: 'lbwxxxd4_starcoder' }).resolve('StarCoder');

  it('leaves out what is not set', () => {
    expect(JSON.parse(encodeV1Request({ model, prompt: 'p', temperature: undefined }, false))).toEqual({
      prompt: 'p',
      stream: false,
    });
  });

  it('writes what the decoder reads', () => {
    const body = {
      prompt: '千',
      stream: true,
      temperature: 0.1,
      top_k: 5,
      top_p: 0,
      penalty_score: 1,
      stop: ['a'],
      user_id: 'u',
    };
    const { stream, parameters } = decodeV1Request(JSON.stringify(body));
    expect(JSON.parse(encodeV1Request({ model, ...parameters }, stream))).toEqual(body);
  });
});

it('sends a temperature as it is, and 0 as 0.01, because V1 refuses 0', () => {
  const model = createModelCatalog({}).resolve('starcoder');
  const sent = (temperature: number): unknown =>
    (JSON.parse(encodeV1Request({ model, prompt: 'p', temperature }, false)) as { temperature: number }).temperature;
  expect([sent(0.001), sent(1), sent(0)]).toEqual([0.001, 1, 0.01]);
});

it.each([
  ['prompt', { prompt: 'a\ud83d' }],
  ['stop', { prompt: 'a', stop: ['b', '\ude00'] }],
])('refuses half a character in %s', (parameter, body) => {
  expect(() => decodeV1Request(JSON.stringify(body))).toThrow(
    expect.objectContaining({ code: 'invalid_parameter', parameter }) as Error,
  );
});
