// The table of docs/openai.md says what the code does.
import { readFileSync } from 'node:fs';
import { decodeOpenAiError } from '../../../../lib/dialects/openai/error.ts';

const page = readFileSync(new URL('../../../../docs/openai.md', import.meta.url), 'utf8');
const rows = page
  .slice(page.indexOf('## Errors of the upstream'))
  .split('\n')
  .filter((line) => /^\| .*\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** Every code of the table beside the numbers of its row; "…" rows spell a family. */
const cases = rows.flatMap(([, upstream = '', errorCode = '', status = '']) =>
  [...upstream.matchAll(/`([a-z_]+)`( with 401)?/g)].map(([, code = '', with401]) => ({
    code,
    upstreamStatus: with401 === undefined ? 400 : 401,
    errorCode: Number(errorCode),
    status: Number(status),
  })),
);

it('has a table', () => {
  expect(cases.length).toBeGreaterThan(20);
});

it.each(cases)(
  'gives $code the V1 error_code $errorCode and HTTP $status',
  ({ code, upstreamStatus, errorCode, status }) => {
    const body = { error: { code, message: 'm', type: 'unknown' } };
    expect(decodeOpenAiError(body, upstreamStatus)).toMatchObject({ errorCode, status });
  },
);

it.each([
  [402, 19, 429],
  [403, 14, 502],
  [404, 336005, 404],
  [408, 336000, 504],
  [410, 3, 404],
  [413, 336007, 400],
  [422, 336003, 400],
  [429, 336501, 429],
  [500, 336000, 502],
  [503, 336100, 503],
  [529, 336100, 503],
])('gives HTTP %i without a known code the V1 error_code %i and HTTP %i', (upstreamStatus, errorCode, status) => {
  expect(decodeOpenAiError({ error: 'broken' }, upstreamStatus)).toMatchObject({ errorCode, status });
});
