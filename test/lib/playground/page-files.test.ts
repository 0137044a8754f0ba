// Files of a directory: only those of a page, and only in it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createPageFiles } from '../../../lib/playground/page-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'page-files-'));
mkdirSync(join(directory, 'page'));
writeFileSync(join(directory, 'page', 'app.js'), 'first');
writeFileSync(join(directory, 'page', 'settings.env'), 'secret');
writeFileSync(join(directory, 'outside.js'), 'outside');

afterAll(() => rmSync(directory, { recursive: true }));

it('are read once', async () => {
  const readFile = createPageFiles(pathToFileURL(`${join(directory, 'page')}/`));
  await expect(readFile('app.js')).resolves.toBe('first');
  writeFileSync(join(directory, 'page', 'app.js'), 'second');
  await expect(readFile('app.js')).resolves.toBe('first');
});

it.each(['none.js', 'settings.env', '../outside.js', '..%2foutside.js', '%2e%2e/outside.js', '', '.', 'app.js/'])(
  'that the page does not have are not read: "%s"',
  async (name) => {
    const readFile = createPageFiles(pathToFileURL(`${join(directory, 'page')}/`));
    await expect(readFile(name)).resolves.toBeUndefined();
  },
);
