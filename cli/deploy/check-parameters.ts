// What the parameters may be, in plain words: of a value that it does not know Serverless only says that it cannot resolve
// some variable, and AWS speaks when half of a stack is made.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import type { DeployArguments } from './deploy-arguments.ts';
import { projectDirectory } from './resolve-service.ts';

/** The retentions that CloudWatch Logs knows, in days. */
const logRetentions = '1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1827 2192 2557 2922 3288 3653'.split(' ');

/** What a parameter must be that is neither empty nor one of a few; the address and the ARN are not repeated. */
const forms: Readonly<Record<string, readonly [form: RegExp, expected: string]>> = {
  kmsKeyArn: [
    /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/./,
    'must be the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>; an alias is none',
  ],
  alarmEmail: [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'must be an address, such as on.call@example.com'],
  completionConcurrency: [/^[1-9]\d*$/, 'must be a whole number of at least 1, or empty for no limit'],
};

/**
 * Reads the values that the parameters have, as far as they are known without Serverless: none of a file that it cannot read
 * either.
 *
 * @param source default: serverless.yml.
 */
export function readParameters(
  { stage, parameters }: Pick<DeployArguments, 'stage' | 'parameters'>,
  source = readServiceFile(),
): ReadonlyMap<string, string> {
  const valuesOf = (name: string): readonly (readonly [string, string])[] => {
    const values = readMap(source, ['params', name]) as Readonly<Record<string, string | number | boolean | null>>;
    return Object.entries(values).map(([key, value]) => [key, value === null ? '' : String(value)]);
  };
  const given = parameters.map((parameter) => {
    const end = parameter.indexOf('=');
    return [parameter.slice(0, end), parameter.slice(end + 1)] as const;
  });
  const all = [...valuesOf('default'), ...valuesOf(stage), ...given];
  return new Map(all.filter(([, value]) => !value.includes('${')));
}

/** Returns the values of the parameters that take one of a few, by name, as `custom.choices` of serverless.yml lists them. */
export function readParameterChoices(source = readServiceFile()): Readonly<Record<string, readonly string[]>> {
  const choices = readMap(source, ['custom', 'choices']) as Readonly<
    Record<string, { readonly of: readonly string[] }>
  >;
  const listed = Object.entries(choices).map(([name, { of }]) => [name, of] as const);
  return { ...Object.fromEntries(listed), logRetentionInDays: logRetentions };
}

function readServiceFile(): string {
  return readFileSync(join(projectDirectory, 'serverless.yml'), 'utf8');
}

/** Reads a map of the file; an empty one where there is none, or where the file is no YAML. */
function readMap(source: string, path: readonly string[]): unknown {
  // Of tags such as !Ref, which CloudFormation knows, it would warn.
  const document = parseDocument(source, { logLevel: 'silent', merge: true });
  const map: unknown = document.errors.length === 0 ? document.getIn(path) : undefined;
  return isMap(map) ? map.toJSON() : {};
}

/** Returns a sentence for each parameter whose value cannot be deployed. */
export function findParameterFaults(values: ReadonlyMap<string, string>): readonly string[] {
  const ofChoices = Object.entries(readParameterChoices()).flatMap(([name, choices]) => {
    const value = values.get(name);
    if (value === undefined || choices.includes(value)) return [];
    return [`${name} must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}, not "${value}"`];
  });
  const ofForms = Object.entries(forms).flatMap(([name, [form, expected]]) => {
    const value = values.get(name) ?? '';
    return value === '' || form.test(value) ? [] : [`${name} ${expected}`];
  });
  const isContradiction = values.get('frontDoor') === 'url' && values.get('apiKey') === 'required';
  return [
    ...ofChoices,
    ...ofForms,
    ...(isContradiction ? ['apiKey=required needs frontDoor=rest: a function URL knows no API keys'] : []),
  ];
}
