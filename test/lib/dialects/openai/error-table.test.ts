// The tables of docs/openai.md say what the code makes of an upstream's errors.
import { readFileSync } from 'node:fs';
import { decodeOpenAiError, meanings } from '../../../../lib/dialects/openai/error.ts';

const page = readFileSync(new URL('../../../../docs/openai.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## Errors of the upstream'));
const rows = section
  .split('\n')
  .filter((line) => /^\| .*\| \d/.test(line))
  .map((line) => line.split(/ \| |^\| | \|$/).map((cell) => cell.trim()));

/** Every code of the table beside the numbers of its row. */
const cases = rows.flatMap(([, upstream = '', errorCode = '', status = '']) =>
  [...upstream.matchAll(/`([a-z_]+)`( with 401)?/g)].map(([, code = '', with401]) => ({
    code,
    upstreamStatus: with401 === undefined ? 400 : 401,
    errorCode: Number(errorCode),
    status: Number(status),
  })),
);

it('has every code that the gateway knows, and no other', () => {
  expect([...new Set(cases.map(({ code }) => code))].toSorted()).toEqual(Object.keys(meanings).toSorted());
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

/** The examples of bodies, which are JSON, beside their numbers. */
const shapes = rows.flatMap(([, body = '', , errorCode = '', status = '']) =>
  body.startsWith('`{') ? [{ body: body.slice(1, -1), errorCode: Number(errorCode), status: Number(status) }] : [],
);

it('has examples of bodies', () => {
  expect(shapes.length).toBeGreaterThan(10);
});

it.each(shapes)('finds in a 200 with $body the V1 error_code $errorCode and HTTP $status', ({ body, ...expected }) => {
  expect(decodeOpenAiError(JSON.parse(body), 200)).toMatchObject(expected);
});

const fitting = section.slice(section.indexOf('A prompt that does not fit'));
const words = [...fitting.slice(0, fitting.indexOf('\n## ')).matchAll(/`([^`]+)`/g)];

it('has examples of words', () => {
  expect(words.length).toBeGreaterThan(2);
});

it.each(words.map(([, message = '']) => message))('takes "%s" for a prompt that does not fit', (message) => {
  expect(decodeOpenAiError({ error: { message, code: 500 } }, 500)).toMatchObject({ errorCode: 336103, status: 400 });
});

it.each([{}, '', null, { message: '', code: null }])('takes %j as error for none', (error) => {
  expect(decodeOpenAiError({ error, choices: [{ text: 'Hi' }] }, 200)).toBeUndefined();
});
