// The tests run on the Node.js major that Lambda runs, whatever Node.js the machine has.
import { readFileSync } from 'node:fs';

it('runs the tests on the Node.js major of .nvmrc', () => {
  const major = readFileSync(new URL('../.nvmrc', import.meta.url), 'utf8').trim();
  expect(process.versions.node.split('.')[0]).toBe(major);
});
