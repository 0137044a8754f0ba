import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDocument } from '../../build/openapi/create-document.ts';
import { describeProperties } from '../../build/openapi/json-schema.ts';
import { readRoutes } from '../../build/openapi/read-routes.ts';
import { isDocumentCurrent, writeDocument } from '../../build/openapi.ts';

const run = promisify(execFile);
const documentPath = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const script = fileURLToPath(new URL('../../build/openapi.ts', import.meta.url));

describe('docs/openapi.json', () => {
  it('is what the code says; "npm run openapi" writes it', async () => {
    expect(JSON.parse(readFileSync(documentPath, 'utf8'))).toEqual(JSON.parse(await writeDocument()));
    expect(await isDocumentCurrent()).toBe(true);
  });

  it('is the same each time it is written', async () => {
    expect(await writeDocument()).toBe(await writeDocument());
  });

  it.each([
    ['another limit', (text: string) => text.replace('"maxItems": 4', '"maxItems": 5')],
    ['a space more', (text: string) => `${text} `],
    ['nothing in it', () => ''],
  ])('is not current with %s', async (_what, change) => {
    const text = readFileSync(documentPath, 'utf8');
    expect(change(text)).not.toBe(text);
    expect(await isDocumentCurrent(change(text))).toBe(false);
  });

  it('is left as it is by --check, which says whether it is current', async () => {
    const before = readFileSync(documentPath, 'utf8');
    const { stdout } = await run(process.execPath, [script, '--check']);
    expect(stdout).toContain('is current');
    expect(readFileSync(documentPath, 'utf8')).toBe(before);
  });
});

describe('a document cannot be made', () => {
  const routes = readRoutes();

  it('of a route that nobody described', () => {
    expect(() => createDocument([...routes, { pattern: '/new' }], '1')).toThrow('without a description: /new');
  });

  it('with a description of a route that is gone', () => {
    const others = routes.filter(({ pattern }) => pattern !== '/health');
    expect(() => createDocument(others, '1')).toThrow('without a route: /health');
  });

  it('of a field that nobody described, or with a text for none', () => {
    const schema = { properties: { prompt: { type: 'string' } } };
    const text = { description: 'The text to continue.' };
    expect(() => describeProperties(schema, {})).toThrow('Fields without a text: prompt');
    expect(() => describeProperties(schema, { prompt: text, suffix: text })).toThrow('Texts without a field: suffix');
  });
});
