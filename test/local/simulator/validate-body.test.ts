import { validateBody } from '../../../local/simulator/validate-body.ts';

function validate(body: unknown) {
  return validateBody(Buffer.from(JSON.stringify(body)));
}

it('reads the fields that take part and fills in the defaults', () => {
  expect(validate({ prompt: 'Hi' })).toEqual({ prompt: 'Hi', stream: false, stop: [] });
  expect(validate({ prompt: 'Hi', stream: true, stop: ['\n'] })).toEqual({ prompt: 'Hi', stream: true, stop: ['\n'] });
});

it('reads max_output_tokens', () => {
  expect(validate({ prompt: 'Hi', max_output_tokens: 5 })).toHaveProperty('maxOutputTokens', 5);
});

it('ignores fields it does not know', () => {
  const body = { prompt: 'Hi', model: 'STARCODER', extra_parameters: { request_source: 'qianfan_py_sdk_v0.4.12.3' } };
  expect(validate(body)).toHaveProperty('prompt', 'Hi');
});

it.each([
  ['temperature', 0.01],
  ['temperature', 1],
  ['top_k', 1],
  ['top_p', 0],
  ['top_p', 1],
  ['penalty_score', 1],
  ['penalty_score', 2],
  ['stop', []],
  ['stop', ['a', 'b', 'c', 'd'.repeat(20)]],
  ['stop', ['👋'.repeat(20)]],
  ['max_output_tokens', 1],
  ['user_id', 'someone'],
])('accepts %s %j', (name, value) => {
  expect(validate({ prompt: 'Hi', [name]: value })).not.toHaveProperty('errorCode');
});

it.each([
  [336001, 'stream', 'true'],
  [336001, 'temperature', '1'],
  [336001, 'temperature', null],
  [336003, 'temperature', 0],
  [336003, 'temperature', 1.01],
  [336001, 'top_k', '1'],
  [336003, 'top_k', 0],
  [336003, 'top_k', 1.5],
  [336001, 'top_p', true],
  [336003, 'top_p', -0.01],
  [336003, 'top_p', 1.01],
  [336001, 'penalty_score', []],
  [336003, 'penalty_score', 0.99],
  [336003, 'penalty_score', 2.01],
  [336001, 'stop', 'a'],
  [336001, 'stop', [1]],
  [336003, 'stop', ['a', 'b', 'c', 'd', 'e']],
  [336003, 'stop', ['']],
  [336003, 'stop', ['d'.repeat(21)]],
  [336001, 'max_output_tokens', '1'],
  [336003, 'max_output_tokens', 0],
  [336003, 'max_output_tokens', 1.5],
  [336001, 'user_id', 7],
])('answers %d for %s %j and names the field', (errorCode, name, value) => {
  const message = expect.stringContaining(name) as string;
  expect(validate({ prompt: 'Hi', [name]: value })).toEqual({ errorCode, message });
});

it.each([
  [336001, '{}'],
  [336001, '{"prompt":null}'],
  [336001, '{"prompt":["Hi"]}'],
  [336003, '{"prompt":""}'],
  [336001, '[]'],
  [336001, 'null'],
  [336001, '"Hi"'],
  [336002, ''],
  [336002, 'prompt=Hi'],
  [336002, '{"prompt":"Hi"}\n]\n}'],
])('answers %d for the body %s', (errorCode, body) => {
  expect(validateBody(Buffer.from(body))).toHaveProperty('errorCode', errorCode);
});

it('answers 336002 for bytes that are not UTF-8', () => {
  const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  expect(validateBody(body)).toHaveProperty('errorCode', 336002);
});
