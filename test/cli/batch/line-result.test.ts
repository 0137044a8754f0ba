// Results of lines, in both forms.
import type { BatchLine } from '../../../cli/batch/batch-line.ts';
import { createFailedResult, isSucceeded, restoreId } from '../../../cli/batch/line-result.ts';

const message: BatchLine = { number: 3, form: 'message', fields: { id: 'a', metadata: null }, fault: undefined };
const batchLine: BatchLine = { number: 3, form: 'openai-batch', fields: { custom_id: 'b', id: 'c' }, fault: undefined };

it.each([
  [true, { id: 'a', status: 'succeeded', completion: {} }],
  [false, { id: 'a', status: 'failed', error: {} }],
  [true, { custom_id: 'a', response: { status_code: 200 }, error: null }],
  [true, { custom_id: 'a', response: { status_code: 200 } }],
  [false, { custom_id: 'a', response: { status_code: 400 }, error: null }],
  [false, { custom_id: 'a', response: { status_code: 200 }, error: { code: 'x' } }],
  [false, { custom_id: 'a', response: null, error: null }],
  [false, { id: 'a' }],
])('says %j of %j', (expected, result) => {
  expect(isSucceeded(result)).toBe(expected);
});

it('restores the id of the form and keeps the rest', () => {
  expect(restoreId(message, { id: 'run:3', status: 'succeeded' })).toEqual({ id: 'a', status: 'succeeded' });
  expect(restoreId(batchLine, { id: 'batch_req_1', custom_id: 'run:3' })).toEqual({
    id: 'batch_req_1',
    custom_id: 'b',
  });
});

it('writes failures in the form of the line', () => {
  const failure = { code: 'high_load', message: 'Busy', isDeadLetter: true };
  const error = { code: 'high_load', message: 'Busy', error_code: 336100, dead_letter: true };
  expect(createFailedResult('run', message, failure)).toEqual({ id: 'a', status: 'failed', error, metadata: null });
  expect(createFailedResult('run', batchLine, failure)).toEqual({
    id: 'batch_req_run:3',
    custom_id: 'b',
    response: null,
    error,
  });
});

it('gives an error the number it came with, that of the table, or none', () => {
  const write = (failure: { code: string; errorCode?: number }) =>
    createFailedResult('run', message, { message: 'x', ...failure })['error'];
  expect(write({ code: 'high_load', errorCode: 7 })).toEqual({ code: 'high_load', message: 'x', error_code: 7 });
  expect(write({ code: 'invalid_json' })).toEqual({ code: 'invalid_json', message: 'x', error_code: 336002 });
  expect(write({ code: 'dead_letter' })).toEqual({ code: 'dead_letter', message: 'x' });
  expect(write({ code: 'constructor' })).toEqual({ code: 'constructor', message: 'x' });
});

it('names a line without an id null, and leaves absent metadata absent', () => {
  const line: BatchLine = { number: 3, form: 'message', fields: {}, fault: undefined };
  expect(createFailedResult('run', line, { code: 'x', message: 'y', line: 3 })).toEqual({
    id: null,
    status: 'failed',
    error: { code: 'x', message: 'y', line: 3 },
  });
});
