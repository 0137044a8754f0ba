// The operations pages against the templates: what a deployment creates, says and tells, and what a move to another key
// takes.
import { readCode, readDocument, readRows } from '../documents/read-document.ts';
import { packageTemplates } from './package-service.ts';
import { resourcesOf, rightsOf } from './read-template.ts';
import type { Template } from './read-template.ts';

/** As the pages name the services whose resources the templates have. */
const serviceNames: Readonly<Record<string, string>> = {
  ApiGateway: 'API Gateway',
  CloudWatch: 'CloudWatch',
  DynamoDB: 'DynamoDB',
  Events: 'EventBridge',
  IAM: 'IAM',
  Lambda: 'Lambda',
  Logs: 'CloudWatch Logs',
  S3: 'S3',
  SNS: 'SNS',
  SQS: 'SQS',
  SecretsManager: 'Secrets Manager',
};

const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

let templates: readonly Template[];
let defaultTemplate: Template;
let keyTemplate: Template;

beforeAll(async () => {
  const packaged = await packageTemplates({
    default: {},
    bearer: { openaiKey: 'bearer', playground: 'on', apiKey: 'required', alarmEmail: 'on.call@example.com' },
    url: { frontDoor: 'url', playground: 'on', qianfanAuth: 'iam' },
    key: { kmsKeyArn },
  });
  templates = Object.values(packaged);
  defaultTemplate = packaged.default;
  keyTemplate = packaged.key;
}, 60_000);

const collect = (namesOf: (template: Template) => readonly string[]): readonly string[] =>
  [...new Set(templates.flatMap(namesOf))].toSorted();

describe.each(['docs/operations.md', 'docs/zh-CN/operations.md'])('%s', (page) => {
  const text = readDocument(page);

  it('names every service that whoever deploys needs rights in', () => {
    const types = collect(({ Resources }) => Object.values(Resources).map(({ Type }) => Type.split('::')[1] ?? ''));
    const [, list = ''] = /(?:what the stack consists of: |创建堆栈中的各种资源：)([^.。]+)/.exec(text) ?? [];
    const named = list
      .split(/,\s*|\s+and\s+|、\s*|\s*和\s*/)
      .map((name) => name.replace(/^IAM (?:roles|角色)$/, 'IAM').trim());
    expect(named.toSorted()).toEqual(['CloudFormation', ...types.map((type) => serviceNames[type] ?? type)].toSorted());
  });

  it('has every output of every template', () => {
    // Serverless writes the others of its own.
    const ofServerless = /^(?:ServerlessDeployment|ServiceEndpoint|.*LambdaFunction)/;
    const outputs = collect(({ Outputs }) => Object.keys(Outputs)).filter((name) => !ofServerless.test(name));
    const rows = readRows(page, [/^(?:name|名称)$/, /^(?:what it is|内容)$/, /^(?:when|何时存在)$/]);
    expect(rows.flatMap(([cell = '']) => readCode(cell)).toSorted()).toEqual(outputs);
  });

  it('has every alarm of every template', () => {
    const alarms = collect((template) =>
      Object.values(resourcesOf<{ readonly AlarmName: string }>(template, 'AWS::CloudWatch::Alarm')).map(
        ({ AlarmName }) => AlarmName.replace('qianfan-serverless-dev-', ''),
      ),
    );
    const rows = readRows(page, [/^(?:alarm|告警)$/]);
    expect(rows.flatMap(([cell = '']) => readCode(cell)).toSorted()).toEqual(alarms);
  });

  it('counts the alarms that there are by default', () => {
    const { length } = Object.keys(resourcesOf(defaultTemplate, 'AWS::CloudWatch::Alarm'));
    expect(/(\d+) (?:alarms, of which|个告警，其中)/.exec(text)?.[1]).toBe(String(length));
  });

  it('lets the functions do with both keys during a move what their roles may do', () => {
    const functions = ['completion', 'queue-worker', 'token-refresh'];
    const rights = functions
      .flatMap((name) => rightsOf(keyTemplate, name))
      .flatMap((right) => /^kms:(\w+)/.exec(right));
    const actions = new Set(rights.filter((right) => right !== null && !right.startsWith('kms:')));
    const [block = ''] = /```sh\n(?:(?!```)[^])*create-grant[^]*?```/.exec(text) ?? [];
    const [, granted = ''] = /--operations ([\w ]+)\n/.exec(block) ?? [];
    expect(new Set(granted.split(' '))).toEqual(actions);
    expect(block).toContain('for KEY in "<old arn>" "<new arn>"');
  });
});
