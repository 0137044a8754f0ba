// docs/simulator.md against the code: its examples work as written and no fault is missing from it.
import { readFileSync } from 'node:fs';
import { faultNames, parseFaults } from '../../../local/simulator/faults.ts';
import { findV2Error, v2Errors } from '../../../local/simulator/v2-errors.ts';

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

describe('the table of V2 errors', () => {
  const errors = [...page.matchAll(/^\| ([0-9]{3}) \| `([a-z_]+)` \| ([^|]+) \|$/gm)].map(
    ([, status = '', code = '', v1Codes = '']) => ({ status: Number(status), code, v1Codes: v1Codes.match(/[0-9]+/g) }),
  );

  it('has every error, in order, with the V1 code that it gives', () => {
    const documented = errors.map(({ status, code, v1Codes }) => [status, code, Number(v1Codes?.[0])]);
    expect(documented).toEqual(v2Errors.map(({ status, code, errorCodes }) => [status, code, errorCodes[0]]));
  });

  it('names the V1 codes that give it, where another row does not give them first', () => {
    const given = new Map(errors.toReversed().flatMap(({ code, v1Codes }) => (v1Codes ?? []).map((v1) => [v1, code])));
    expect(given.size).toBeGreaterThan(20);
    for (const [v1, code] of given) expect([v1, findV2Error(Number(v1)).code]).toEqual([v1, code]);
  });
});
