// The template of every way to deploy, checked by AWS's validator and by our own rules; and that both find faults.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import type { Engine } from '@aws/cloudformation-validate';
import { packageVariants } from './package-service.ts';
import type { PackagedService, ParameterValues } from './package-service.ts';
import { readTemplate } from './read-template.ts';
import { templateChanges } from './template-changes.ts';
import { findFaults } from './template-rules.ts';

const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const variants = {
  default: {},
  'function URL': { frontDoor: 'url', completionConcurrency: '50' },
  fifo: { queueType: 'fifo' },
  playground: { playground: 'on' },
  'playground with a function URL': { playground: 'on', frontDoor: 'url' },
  iam: { qianfanAuth: 'iam' },
  'openai with a key': { upstream: 'openai', qianfanAuth: 'none', openaiKey: 'secret' },
  'openai without a key': { upstream: 'openai', qianfanAuth: 'none', kmsKeyArn },
  'openai with a bearer token': { upstream: 'qianfan-v1,openai', openaiKey: 'bearer', refreshConcurrency: 'shared' },
  'prod, with all there is': {
    stage: 'prod',
    apiKey: 'required',
    alarmEmail: 'on.call@example.com',
    kmsKeyArn,
  },
} satisfies Readonly<Record<string, ParameterValues>>;

type Variant = keyof typeof variants;

const variantNames = Object.keys(variants) as readonly Variant[];

let engine: Engine;
let services: Readonly<Record<Variant, PackagedService>>;
let changed: string;

beforeAll(async () => {
  engine = new RegoEngine();
  changed = mkdtempSync(join(tmpdir(), 'qianfan-serverless-template-'));
  services = await packageVariants(variants);
}, 300_000);

afterAll(() => {
  engine.free();
  rmSync(changed, { recursive: true, force: true });
});

/** Returns what AWS's validator says, each as "rule resource: message". Its status is OK whatever it says. */
function validate(path: string): readonly string[] {
  const { diagnostics } = engine.validateStandard(new TemplateFile(path), {
    severityLevel: 'WARN',
    exclude: {
      // Serverless writes dependencies down that CloudFormation knows already. And a KMS key may be in another account,
      // so its ARN names one.
      ids: ['W3005', 'W9013'],
    },
    pseudoParameterOverrides: { region: 'eu-west-1' },
  });
  return diagnostics.map(({ ruleId, entity, message }) => `${ruleId} ${entity?.logicalId}: ${message}`);
}

/** Changes a copy of the default template, checks it as the templates are checked, and returns all faults. */
function findFaultsAfter(changes: Readonly<Record<string, unknown>>): readonly string[] {
  const template = JSON.parse(readFileSync(services.default.templatePath, 'utf8')) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) setAt(template, path.split('/'), value);
  const path = join(changed, 'changed.json');
  writeFileSync(path, JSON.stringify(template));
  return [...validate(path), ...findFaults(readTemplate(path))];
}

/** Sets a value, or removes it when it is undefined. A path that leads nowhere is a mistake of the test. */
function setAt(object: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) {
    const next = object[name];
    if (typeof next !== 'object' || next === null) throw new Error(`There is no ${name}`);
    setAt(next as Record<string, unknown>, rest, value);
  } else if (value === undefined) {
    if (!(name in object)) throw new Error(`There is no ${name}`);
    delete object[name];
  } else {
    object[name] = value;
  }
}

describe('the template', () => {
  it.each(variantNames)('passes the validation of AWS without a warning: %s', (variant) => {
    expect(validate(services[variant].templatePath)).toEqual([]);
  });

  it.each(variantNames)('keeps our own rules: %s', (variant) => {
    expect(findFaults(services[variant].template)).toEqual([]);
  });
});

describe('a fault is found', () => {
  it('only where there is one', () => {
    expect(findFaultsAfter({})).toEqual([]);
  });

  it.each(templateChanges)('%s', (_name, fault, changes) => {
    expect(findFaultsAfter(changes)).toContainEqual(expect.stringMatching(fault));
  });
});
