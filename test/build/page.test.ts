// The built page: small, in both languages, complete, and without anything from elsewhere.
import { gzipSync } from 'node:zlib';
import { errorTable } from '../../lib/core/errors.ts';
import { buildPage } from '../../build/page.ts';
import type { Page } from '../../build/page.ts';

let page: Page;

beforeAll(async () => {
  page = await buildPage();
});

it('is at most 80 KB, compressed, with all its files', () => {
  const sizes = [...page.values()].map((content) => gzipSync(content).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(80_000);
  expect([...page.keys()].toSorted()).toEqual([
    'app.css',
    'app.js',
    'errors.html',
    'errors.zh-CN.html',
    'icon.svg',
    'index.html',
  ]);
});

it('has nothing inline, which its policy would refuse, and loads nothing from elsewhere', () => {
  for (const [name, content] of page) {
    if (!name.endsWith('.html')) continue;
    expect(content).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
    expect(content).not.toMatch(/(?:src|<link[^>]*href)="(?:https?:)?\/\//);
  }
  expect(page.get('app.css')).not.toMatch(/url\(|@import/);
  expect(page.get('app.js')).not.toMatch(/sourceMappingURL|import\(/);
});

it('documents every error in both languages', () => {
  const codes = Object.keys(errorTable);
  for (const name of ['errors.html', 'errors.zh-CN.html']) {
    const ids = [...(page.get(name) ?? '').matchAll(/<section id="(\w+)">\s*<h2>.*<\/h2>\s*<p>(.+)<\/p>/g)];
    expect(ids.map(([, code]) => code)).toEqual(codes);
    const isChinese = ids.map(([, , text = '']) => /[\u4e00-\u9fff]/.test(text));
    expect(new Set(isChinese)).toEqual(new Set([name.includes('zh')]));
  }
});
