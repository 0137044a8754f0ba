// docs/simulator.md against the code: its examples work as written and no fault is missing from it.
import { readFileSync } from 'node:fs';
import { faultNames, parseFaults } from '../../../local/simulator/faults.ts';

const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => /^\| `[a-z_0-9]+(?:=[A-Za-z]+)?` \|/.test(line));
const nameOf = (row: string): string => /`([a-z_0-9]+)/.exec(row)?.[1] ?? '';

it('documents every fault and no other', () => {
  expect([...new Set(rows.map(nameOf))].toSorted()).toEqual(faultNames.toSorted());
});

it.each(rows)('shows in an example what the row is about: %s', (row) => {
  const body = /-d '(\{.*\})'/.exec(row)?.[1] ?? '';
  const { prompt } = JSON.parse(body) as { prompt: string };
  expect(parseFaults(prompt)).toMatchObject({ prompt: 'Hi', faults: { [nameOf(row)]: expect.anything() as unknown } });
});
