// The arguments of `npm run batch`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCode } from '../../local/startup-error.ts';
import { BatchError } from './batch-error.ts';

export const usage = `usage: npm run batch -- <input> <output> [--stage <stage>]

  <input>           a JSONL file; each line is a message of the request queue or a line of an OpenAI Batch file
  <output>          where the results are written, a line for each line of the input and in its order

  --stage <stage>   a deployed stage, with the AWS credentials and region of the environment;
                    default: the local run on this machine ("npm start")

The same command goes on where an interrupted one stopped.

exits with 0 when every line succeeded, 3 when the output is written and lines of it failed, 1 when the same command can
go on, 2 when something about the command or its files has to be changed first`;

export interface BatchArguments {
  readonly inputPath: string;
  readonly outputPath: string;
  /** Undefined: the local run. */
  readonly stage: string | undefined;
}

/** Reads the arguments. Throws a BatchError that says what is wrong with them. */
export function parseBatchArguments(parameters: readonly string[]): BatchArguments {
  const { values, positionals } = parse(parameters);
  const [inputPath, outputPath, ...rest] = positionals;
  if (!inputPath || !outputPath || rest.length > 0) throw new BatchError(usage, 2);
  if (resolve(inputPath) === resolve(outputPath)) {
    throw new BatchError('The output cannot be the input: name another file', 2);
  }
  // Names of queues consist of these characters. Any others could make the name of a different queue.
  if (values.stage !== undefined && !/^[A-Za-z0-9_-]{1,40}$/.test(values.stage)) {
    throw new BatchError('The stage may contain only letters, digits, _ and -, at most 40 of them', 2);
  }
  return { inputPath, outputPath, stage: values.stage };
}

function parse(parameters: readonly string[]) {
  try {
    return parseArgs({ args: [...parameters], allowPositionals: true, options: { stage: { type: 'string' } } });
  } catch (error) {
    // Node's own message names the argument.
    if (!readCode(error)?.startsWith('ERR_PARSE_ARGS_')) throw error;
    throw new BatchError((error as Error).message, 2, error);
  }
}

/** The command that the arguments came from, to be pasted into a shell. */
export function formatCommand({ inputPath, outputPath, stage }: BatchArguments): string {
  return ['npm run batch --', inputPath, outputPath, ...(stage === undefined ? [] : ['--stage', stage])]
    .map((part, index) => (index === 0 || /^[\w./@%+=:,-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
