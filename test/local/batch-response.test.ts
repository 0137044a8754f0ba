// What a function says of its batch is read by the rules of Lambda's SQS event source.
import { findFailedMessages } from '../../local/batch-response.ts';

const ids = new Set(['a', 'b']);
const failures = (...batchItemFailures: unknown[]) => ({ batchItemFailures });

it.each([
  ['no response', undefined],
  ['null', null],
  ['an empty response', {}],
  ['a response of another kind', { statusCode: 200 }],
  ['failures that are null', { batchItemFailures: null }],
  ['no failures', failures()],
])('%s is a complete success', (_title, returned) => {
  expect(findFailedMessages(returned, ids)).toEqual(new Set());
});

it('a named message has failed, also when it is named twice', () => {
  const failure = { itemIdentifier: 'b' };
  expect(findFailedMessages(failures(failure), ids)).toEqual(new Set(['b']));
  expect(findFailedMessages(failures(failure, failure), ids)).toEqual(new Set(['b']));
});

it.each([
  ['a message that the batch does not have', failures({ itemIdentifier: 'a' }, { itemIdentifier: 'c' })],
  ['an empty id', failures({ itemIdentifier: '' })],
  ['an id that is null', failures({ itemIdentifier: null })],
  ['an id that is no text', failures({ itemIdentifier: 1 })],
  ['another key than itemIdentifier', failures({ messageId: 'a' })],
  ['a failure that is no object', failures('a')],
  ['failures that are no list', { batchItemFailures: { itemIdentifier: 'a' } }],
  ['a text', 'done'],
  ['a list', [{ itemIdentifier: 'a' }]],
])('%s is a complete failure', (_title, returned) => {
  expect(findFailedMessages(returned, ids)).toBeUndefined();
});

it('is read as the JSON that the runtime makes of it', () => {
  const response = { toJSON: () => failures({ itemIdentifier: 'a' }) };
  expect(findFailedMessages(response, ids)).toEqual(new Set(['a']));
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(() => findFailedMessages(circular, ids)).toThrow(TypeError);
});
