// What is said of parameters before Serverless is asked; what may be said is what serverless.yml knows.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findParameterFaults, readParameterChoices, readParameters } from '../../../cli/deploy/check-parameters.ts';
import { projectDirectory, serverlessScript } from '../../../cli/deploy/resolve-service.ts';

type Values = Readonly<Record<string, unknown>>;

const parameterChoices = readParameterChoices();

let printed: { readonly params: Readonly<Record<string, Values>> };

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [serverlessScript, 'print', '--format', 'json', '--stage', 'prod'],
    { cwd: projectDirectory },
  );
  printed = JSON.parse(stdout) as typeof printed;
}, 60_000);

function faultsOf(...parameters: readonly string[]): readonly string[] {
  return findParameterFaults(readParameters({ stage: 'dev', parameters }));
}

describe('the values of the parameters', () => {
  it('are those that Serverless reads for the stage', () => {
    const { default: common = {}, prod = {} } = printed.params;
    const expected = Object.entries({ ...common, ...prod }).map(([name, value]) => [name, String(value)]);
    expect([...readParameters({ stage: 'prod', parameters: [] })]).toEqual(expected);
    expect(expected.length).toBeGreaterThan(30);
  });

  it('come from the command line before the stage before the defaults', () => {
    const yaml =
      "service: a\n\nparams: # b\n  default:\n    one: 1\n    two: 'a # b' # c\n    three: x\n    four: \"d\"\n    five: ''\n\n" +
      "  # d\n  'my-stage':\n    three: y\n    four: ${env:FOUR}\n  other:\n    one: 3\nprovider:\n  default:\n    one: 4\n";
    const read = (stage: string, ...parameters: readonly string[]) =>
      Object.fromEntries(readParameters({ stage, parameters }, yaml));
    const defaults = { one: '1', two: 'a # b', three: 'x', four: 'd', five: '' };
    expect(read('dev')).toEqual(defaults);
    expect(read('my-stage', 'one=2=3')).toEqual({ ...defaults, three: 'y', one: '2=3' });
  });

  it('are those of YAML: folded, empty, and with a # in them', () => {
    const yaml =
      'params:\n  default:\n    one: >-\n      required\n    two:\n    three: on#call@x.com\n    four: !Ref A\n';
    expect(Object.fromEntries(readParameters({ stage: 'dev', parameters: [] }, yaml))).toEqual({
      one: 'required',
      two: '',
      three: 'on#call@x.com',
      four: 'A',
    });
  });

  it('are none of a file that is no YAML', () => {
    expect(readParameters({ stage: 'dev', parameters: [] }, 'params:\n  default: [')).toEqual(new Map());
  });

  it('are good as serverless.yml has them', () => {
    for (const stage of ['dev', 'prod', 'qa']) {
      expect(findParameterFaults(readParameters({ stage, parameters: [] }))).toEqual([]);
    }
  });
});

describe('a parameter with a few values', () => {
  it('has those that serverless.yml lists, its default among them', () => {
    const defaults = readParameters({ stage: 'qa', parameters: [] });
    expect(parameterChoices).toMatchObject({
      qianfanAuth: ['access_token', 'iam', 'none'],
      openaiKey: ['none', 'secret', 'bearer'],
      frontDoor: ['rest', 'url'],
      playground: ['off', 'on'],
      apiKey: ['none', 'required'],
      refreshConcurrency: ['reserved', 'shared'],
      queueType: ['standard', 'fifo'],
    });
    expect(Object.keys(parameterChoices)).toHaveLength(8);
    for (const [name, choices] of Object.entries(parameterChoices)) expect(choices).toContain(defaults.get(name));
  });

  it('is compared in a condition with nothing but these', () => {
    const conditions = readFileSync(join(projectDirectory, 'deploy', 'conditions.yml'), 'utf8');
    const compared = [...conditions.matchAll(/!Equals \['\$\{param:(\w+)\}', '?(\w+)'?\]/g)];
    expect(compared.length).toBeGreaterThan(8);
    for (const [, name = '', value] of compared)
      expect([name, parameterChoices[name]]).toEqual([name, expect.arrayContaining([value])]);
  });

  it('has the retentions that Serverless allows', () => {
    const provider = join(projectDirectory, 'node_modules/serverless/lib/plugins/aws/provider.js');
    const [, list = ''] = /awsLogRetentionInDays: \{[^]*?enum: \[([^\]]*)\]/.exec(readFileSync(provider, 'utf8')) ?? [];
    expect(parameterChoices['logRetentionInDays']).toEqual(list.match(/\d+/g));
  });

  it('refuses any other', () => {
    expect(Object.keys(parameterChoices).flatMap((name) => faultsOf(`${name}=x`))).toEqual(
      Object.keys(parameterChoices).map((name) => expect.stringMatching(`^${name} must be .* or .*, not "x"$`)),
    );
  });
});

describe('a parameter of a form', () => {
  it.each([
    'kmsKeyArn=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    'kmsKeyArn=arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234',
    'kmsKeyArn=',
    'alarmEmail=on.call@mail.example.com',
    'completionConcurrency=50',
    'completionConcurrency=',
  ])('may be so: %s', (parameter) => {
    expect(faultsOf(parameter)).toEqual([]);
  });

  it.each([
    ['kmsKeyArn', 'alias/foo'],
    ['kmsKeyArn', 'arn:aws:kms:eu-west-1:111122223333:alias/foo'],
    ['alarmEmail', 'nonsense'],
    ['alarmEmail', 'on call@example.com'],
    ['completionConcurrency', '0'],
    ['completionConcurrency', '1.5'],
    ['completionConcurrency', 'many'],
  ])('may not be so, which is not repeated: %s=%s', (name, value) => {
    const [fault = '', ...others] = faultsOf(`${name}=${value}`);
    expect(fault).toMatch(`${name} must be `);
    expect(fault).not.toContain(value.length > 3 ? value : '"');
    expect(others).toEqual([]);
  });
});

it('an API key without a REST API is refused, whichever of both the stage has', () => {
  const refusal = 'apiKey=required needs frontDoor=rest: a function URL knows no API keys';
  expect(faultsOf('frontDoor=url', 'apiKey=required')).toEqual([refusal]);
  expect(faultsOf('frontDoor=url')).toEqual([]);
  expect(faultsOf('apiKey=required')).toEqual([]);
});
