// Says when the tests of this folder are skipped, and why.
import { isRuntimeClientInstalled } from './sandbox.ts';

const installation =
  'npm ci --prefix tools/ric (it is compiled: cmake, g++, make, python3, xz and the headers of Node.js are needed)';

const isRequired = (process.env['RUNTIME_CLIENT'] ?? '') === 'required';

if (!isRuntimeClientInstalled && !isRequired) {
  process.stderr.write(`The tests in Lambda's runtime client are skipped. To run them: ${installation}\n`);
}

describe('the runtime client', () => {
  // Elsewhere the tests are skipped, so that nobody needs a compiler to contribute.
  const test = isRuntimeClientInstalled || isRequired ? it : it.skip;

  test(`is installed by ${installation}`, () => {
    expect(isRuntimeClientInstalled).toBe(true);
  });
});
