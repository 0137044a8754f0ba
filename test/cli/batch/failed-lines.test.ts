import { createFailedLines } from '../../../cli/batch/failed-lines.ts';

const failed = (code: unknown, message: unknown) => ({ id: 'a', status: 'failed', error: { code, message } });

it('counts failures by code, the most frequent first, with the first line and its message', () => {
  const lines = createFailedLines();
  lines.note(1, { id: 'a', status: 'succeeded', completion: {} });
  lines.note(2, failed('high_load', 'Busy'));
  lines.note(4, failed('input_too_long', 'Too long'));
  lines.note(5, failed('input_too_long', 'Longer'));
  lines.note(6, { custom_id: 'b', response: { status_code: 200, body: {} }, error: null });
  const body = { error: { code: 'input_too_long', message: 'No' } };
  lines.note(7, { custom_id: 'b', response: { status_code: 400, body }, error: null });
  lines.note(8, { custom_id: 'b', response: null, error: { code: 'dead_letter', message: 'Given up' } });
  expect(lines.describe()).toEqual([
    '  3 × input_too_long, first in line 4: Too long',
    '  1 × high_load, first in line 2: Busy',
    '  1 × dead_letter, first in line 8: Given up',
  ]);
});

it('says nothing when none failed', () => {
  const lines = createFailedLines();
  lines.note(1, { id: 'a', status: 'succeeded', completion: {} });
  expect(lines.describe()).toEqual([]);
});

it('shows no more than ten codes, and what a terminal would obey not at all', () => {
  const lines = createFailedLines();
  for (let line = 1; line <= 12; line += 1) lines.note(line, failed(`code_${line}`, '\u001B[2Jtwo\r\nlines'));
  const sentences = lines.describe();
  expect(sentences).toHaveLength(11);
  expect(sentences[0]).toBe('  1 × code_1, first in line 1: [2Jtwo lines');
  expect(sentences[10]).toBe('  and 2 other codes; the output has them');
});

it('copes with a failed result that does not say why, and shortens long messages', () => {
  const lines = createFailedLines();
  lines.note(1, { id: 'a', status: 'failed' });
  lines.note(2, failed('x', 'm'.repeat(1_000)));
  expect(lines.describe()).toEqual([
    '  1 × unknown, first in line 1: no message',
    `  1 × x, first in line 2: ${'m'.repeat(300)}…`,
  ]);
});
