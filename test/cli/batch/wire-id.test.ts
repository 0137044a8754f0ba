// The ids of lines on the queues.
import { createWireId, readLineNumber, readWireId } from '../../../cli/batch/wire-id.ts';

it.each([
  [1, 0],
  [1_000_000, 0],
  [12, 3],
])('reads back the line %i of attempt %i', (line, attempt) => {
  expect(readWireId('run', createWireId('run', line, attempt))).toBe(line);
});

it('makes another id of each attempt', () => {
  expect([0, 1, 2].map((attempt) => createWireId('run', 7, attempt))).toEqual(['run:7', 'run:7:1', 'run:7:2']);
});

it.each(['run', 'run:', 'run:0', 'run:x', 'run:1x', 'run:1:', 'run:1:2:3', 'run:-1', 'run2:1', 'a', '', 7, null])(
  'takes %j for the id of another',
  (id) => {
    expect(readWireId('run', id)).toBeUndefined();
  },
);

it('finds the line in bodies of both forms', () => {
  expect(readLineNumber('run', { id: 'run:1' })).toBe(1);
  expect(readLineNumber('run', { id: 'batch_req_1', custom_id: 'run:2' })).toBe(2);
  expect(readLineNumber('run', { custom_id: 'other', status: 'run:3' })).toBeUndefined();
});
