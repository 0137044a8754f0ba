// The arguments of `npm run batch`.
import { formatCommand, parseBatchArguments } from '../../../cli/batch/batch-arguments.ts';

it('reads the two files and the stage, wherever it stands', () => {
  const files = { inputPath: 'in.jsonl', outputPath: 'out.jsonl' };
  expect(parseBatchArguments(['in.jsonl', 'out.jsonl'])).toEqual({ ...files, stage: undefined });
  expect(parseBatchArguments(['--stage', 'prod', 'in.jsonl', 'out.jsonl'])).toEqual({ ...files, stage: 'prod' });
  expect(parseBatchArguments(['in.jsonl', '--stage=dev-2', 'out.jsonl'])).toEqual({ ...files, stage: 'dev-2' });
});

it.each([
  ['no output', ['in.jsonl'], /^usage:/],
  ['a third file', ['a', 'b', 'c'], /^usage:/],
  ['an empty name', ['', 'b'], /^usage:/],
  ['an unknown option', ['a', 'b', '--resume'], /--resume/],
  ['a stage without a name', ['a', 'b', '--stage'], /--stage/],
  ['a stage that cannot be part of a name', ['a', 'b', '--stage', 'x/y'], /The stage may contain only/],
  ['one file for both', ['a.jsonl', './a.jsonl'], /cannot be the input/],
])('refuses %s as a wrong usage', (_name, parameters, message) => {
  expect(() => parseBatchArguments(parameters)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message), exitCode: 2 }),
  );
});

it.each([
  [['in.jsonl', 'out.jsonl'], 'npm run batch -- in.jsonl out.jsonl'],
  [['a b.jsonl', "it's.jsonl", '--stage', 'prod'], `npm run batch -- 'a b.jsonl' 'it'\\''s.jsonl' --stage prod`],
])('writes the command of %j for a shell', (parameters, command) => {
  expect(formatCommand(parseBatchArguments(parameters))).toBe(command);
});
