import { validateV2Body } from '../../../local/simulator/validate-v2-body.ts';

const text = { model: 'm', prompt: 'Hi' };
const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

function validate(body: unknown, kind: 'text' | 'chat' = 'text') {
  return validateV2Body(Buffer.from(JSON.stringify(body)), kind);
}

it('reads the fields that take part and fills in the defaults', () => {
  const defaults = { stream: false, includesUsage: false, stop: [], maxTokens: undefined, copies: 1, echoes: false };
  expect(validate({ model: 'm', prompt: '', suffix: 'S' })).toMatchObject({ prompts: [''], suffix: 'S' });
  expect(validate({ model: 'm', prompt: '', suffix: '' })).toMatchObject({ errorCode: 336003 });
  expect(validate({ ...text, suffix: 5 })).toMatchObject({ errorCode: 336001 });
  expect(validate(text)).toEqual({ model: 'm', prompts: ['Hi'], ...defaults });
  const options = { stream: true, stream_options: { include_usage: true }, stop: 'a', max_tokens: 5, n: 2, echo: true };
  expect(validate({ ...text, prompt: ['Hi', 'Ho'], ...options })).toEqual({
    model: 'm',
    prompts: ['Hi', 'Ho'],
    stream: true,
    includesUsage: true,
    stop: ['a'],
    maxTokens: 5,
    copies: 2,
    echoes: true,
  });
});

it('takes null for absent, and ignores fields it does not know', () => {
  const nothing = { stream: null, stream_options: null, stop: null, max_tokens: null, n: null, user: null, echo: null };
  expect(validate({ ...text, ...nothing, errorCode: 1, seed: 7 })).toEqual(validate(text));
});

it('joins the messages of a chat, whose content may come in parts', () => {
  const parts = [
    { type: 'text', text: 'How ' },
    { type: 'text', text: 'now?' },
  ];
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: parts },
  ];
  expect(validate({ model: 'm', messages }, 'chat')).toHaveProperty('prompts', ['Be brief.\nHow now?']);
  expect(validate({ ...chat, max_tokens: 9 }, 'chat')).toHaveProperty('maxTokens', 9);
  expect(validate({ ...chat, max_tokens: 9, max_completion_tokens: 5 }, 'chat')).toHaveProperty('maxTokens', 5);
});

it.each([
  ['temperature', 0],
  ['temperature', 2],
  ['top_p', 0],
  ['top_p', 1],
  ['top_k', 1],
  ['penalty_score', 1],
  ['penalty_score', 2],
  ['presence_penalty', -2],
  ['frequency_penalty', 2],
  ['n', 128],
  ['max_tokens', 1],
  ['stop', ['a', 'b', 'c', 'd'.repeat(21)]],
  ['stop', []],
  ['user', 'someone'],
])('accepts %s %j', (name, value) => {
  expect(validate({ ...text, [name]: value })).not.toHaveProperty('errorCode');
});

it.each([
  [336001, 'model', 7],
  [336005, 'model', ''],
  [336005, 'model', null],
  [336001, 'prompt', 7],
  [336001, 'prompt', null],
  [336001, 'prompt', [1, 2]],
  [336001, 'prompt', [[1, 2]]],
  [336003, 'prompt', []],
  [336003, 'prompt', ['Hi', '']],
  [336001, 'stream', 'true'],
  [336001, 'stream_options', true],
  [336001, 'stream_options', { include_usage: 'yes' }],
  [336003, 'stream_options', { include_usage: true }],
  [336003, 'temperature', -0.1],
  [336003, 'temperature', 2.01],
  [336001, 'temperature', '1'],
  [336003, 'top_p', 1.01],
  [336003, 'top_k', 0],
  [336003, 'penalty_score', 2.01],
  [336003, 'presence_penalty', 2.1],
  [336003, 'frequency_penalty', -2.1],
  [336003, 'n', 0],
  [336003, 'n', 129],
  [336003, 'max_tokens', 0],
  [336001, 'max_tokens', '5'],
  [336001, 'stop', 7],
  [336003, 'stop', ''],
  [336003, 'stop', ['a', 'b', 'c', 'd', 'e']],
  [336001, 'echo', 1],
  [336001, 'user', 7],
])('answers %d for %s %j and names the field', (errorCode, name, value) => {
  const message = expect.stringContaining(name) as string;
  expect(validate({ ...text, [name]: value })).toEqual({ errorCode, message });
});

it.each([
  [336001, undefined],
  [336003, []],
  [336001, ['Hi']],
  [336001, [{ content: 'Hi' }]],
  [336001, [{ role: 'user' }]],
  [336001, [{ role: 'user', content: [{ type: 'image_url' }] }]],
  [336003, [{ role: 'user', content: '' }]],
])('answers %d for the messages %j', (errorCode, messages) => {
  const message = expect.stringContaining('messages') as string;
  expect(validate({ model: 'm', messages }, 'chat')).toEqual({ errorCode, message });
});

it.each([
  [336002, ''],
  [336002, 'prompt=Hi'],
  [336001, '[]'],
  [336001, 'null'],
])('answers %d for the body %s', (errorCode, body) => {
  expect(validateV2Body(Buffer.from(body), 'text')).toHaveProperty('errorCode', errorCode);
});
