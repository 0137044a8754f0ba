import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hashFiles, keepDirectory } from './keep-directory.ts';

let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'keep-directory-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe('a directory that is kept', () => {
  it('is filled once, however many ask for it at the same time', async () => {
    let fills = 0;
    const fill = async (directory: string): Promise<void> => {
      fills += 1;
      await nextTurn();
      writeFileSync(join(directory, 'content'), 'whole');
    };
    const found = await Promise.all([1, 2, 3].map(() => keepDirectory(cache, 'a', fill)));
    found.push(await keepDirectory(cache, 'a', fill));
    expect(found.map((directory) => readFileSync(join(directory, 'content'), 'utf8'))).toEqual(Array(4).fill('whole'));
    expect({ fills, left: readdirSync(cache) }).toEqual({ fills: 1, left: ['a'] });
  });

  it('is not there when filling it failed, and is filled by the next who asks', async () => {
    const failed = keepDirectory(cache, 'a', () => Promise.reject(new Error('no space')));
    await expect(failed).rejects.toThrow('no space');
    expect(readdirSync(cache)).toEqual([]);
    await keepDirectory(cache, 'a', (directory) => Promise.resolve(writeFileSync(join(directory, 'content'), '')));
    expect(readdirSync(join(cache, 'a'))).toEqual(['content']);
  });

  it('is filled although a process that wanted to has died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(cache, 'a.lock'), String(pid));
    await keepDirectory(cache, 'a', () => Promise.resolve());
    expect(readdirSync(cache)).toEqual(['a']);
  });
});

describe('the hash of files', () => {
  it('changes with a content and with a name, in directories too', () => {
    mkdirSync(join(cache, 'd'));
    writeFileSync(join(cache, 'd', 'one'), '1');
    const hash = (): string => hashFiles(cache, ['d', 'missing']);
    const hashes = [hash(), hash()];
    writeFileSync(join(cache, 'd', 'one'), '2');
    hashes.push(hash());
    writeFileSync(join(cache, 'd', 'two'), '');
    hashes.push(hash());
    expect(hashes[0]).toBe(hashes[1]);
    expect(new Set(hashes).size).toBe(3);
  });
});
