import { encodeMessageBody } from '../../../lib/dialects/message-body.ts';

it('leaves an escaped backslash before what SQS does not take as it is', () => {
  const value = { text: '\\\uFFFF\\uFFFF' };
  expect(encodeMessageBody(value)).toBe('{"text":"\\\\\\uffff\\\\uFFFF"}');
  expect(JSON.parse(encodeMessageBody(value))).toEqual(value);
});

it('writes what is above U+FFFF as escapes', () => {
  const value = { text: 'a 😀 b' };
  expect(encodeMessageBody(value)).toBe('{"text":"a \\ud83d\\ude00 b"}');
  expect(JSON.parse(encodeMessageBody(value))).toEqual(value);
});
