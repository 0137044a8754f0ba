// What holds for every template of this project and no general check of templates can know.
import { resourcesOf, rightsOf, statementsOf, variablesOf } from './read-template.ts';
import type { LambdaFunction, Role, Template } from './read-template.ts';

interface Queue {
  readonly QueueName: unknown;
  readonly VisibilityTimeout?: number;
  readonly RedrivePolicy?: unknown;
  readonly SqsManagedSseEnabled?: unknown;
  readonly KmsMasterKeyId?: unknown;
}

interface Table {
  readonly BillingMode?: string;
  readonly KeySchema?: unknown;
  readonly TimeToLiveSpecification?: unknown;
}

interface Alarm {
  readonly AlarmActions?: unknown;
  readonly AlarmDescription?: string;
  readonly TreatMissingData?: string;
}

interface Mapping {
  readonly BatchSize: number;
  readonly FunctionResponseTypes?: unknown;
  readonly ScalingConfig?: unknown;
}

type Rule = (template: Template) => readonly string[];

const rules: readonly Rule[] = [
  findFunctionFaults,
  findRightsFaults,
  findSecretFaults,
  findQueueFaults,
  findTableFaults,
  findFrontDoorFaults,
  findAlarmFaults,
];

/** Returns a sentence for each rule that a template breaks. The template is one that readTemplate returned. */
export function findFaults(template: Template): readonly string[] {
  return rules.flatMap((rule) => rule(template));
}

function findFunctionFaults(template: Template): readonly string[] {
  const functions = Object.entries(resourcesOf<LambdaFunction>(template, 'AWS::Lambda::Function'));
  const roles = functions.map(([, { Role: role }]) => role['Fn::GetAtt'][0]);
  return [
    ...functions.flatMap(([id, { Timeout, Environment }]) => [
      ...says(Timeout <= 900, `${id} may run for longer than Lambda allows`),
      ...says(!JSON.stringify(Environment).includes('{{resolve:'), `${id} has a secret in its environment`),
      ...says('SERVICE_NAME' in Environment.Variables, `${id} does not know what its metrics are counted under`),
    ]),
    ...says(new Set(roles).size === functions.length, 'Functions share a role'),
    ...says(
      Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')).length === 1,
      'A failed schedule is not kept',
    ),
  ];
}

function findRightsFaults(template: Template): readonly string[] {
  const roles = Object.entries(resourcesOf<Role>(template, 'AWS::IAM::Role'));
  return roles.flatMap(([id, { ManagedPolicyArns = [] }]) => [
    ...says(ManagedPolicyArns.length === 0, `${id} has a managed policy`),
    ...statementsOf(template, id).flatMap((statement) => [
      ...says(statement.Effect === 'Allow', `${id} has a statement that allows nothing`),
      ...says([statement.Action].flat().every(isAction), `${id} may do more than it names`),
      ...says(
        [statement.Resource].flat().every((resource) => resource !== undefined && !isEverything(resource)),
        `${id} may do something to everything`,
      ),
    ]),
  ]);
}

function findSecretFaults(template: Template): readonly string[] {
  const { QIANFAN_AUTH: auth } = variablesOf(template, 'completion');
  const has = (name: string, right: RegExp): boolean => rightsOf(template, name).some((line) => right.test(line));
  const readsKeys = /secretsmanager.*CredentialsSecret/;
  return [
    ...says(auth === 'iam' || !has('completion', readsKeys), 'completion can read the long-lived keys'),
    ...says(auth === 'iam' || !has('queue-worker', readsKeys), 'queue-worker can read the long-lived keys'),
    ...says(!has('completion', /^(?:sqs|s3):/), 'completion can touch a queue or a bucket'),
    ...says(!has('completion', /PutSecretValue/) && !has('queue-worker', /PutSecretValue/), 'A caller writes secrets'),
    ...says(!has('queue-worker', /ClientsSecret/), 'queue-worker can read the clients'),
    ...says(!has('token-refresh', /ClientsSecret|OpenaiKey|lambda:/), 'token-refresh can do more than refresh'),
  ];
}

function findQueueFaults(template: Template): readonly string[] {
  const queues = resourcesOf<Queue>(template, 'AWS::SQS::Queue');
  const names = Object.values(queues).map(({ QueueName }) => JSON.stringify(QueueName));
  const { Timeout = 0 } =
    resourcesOf<LambdaFunction>(template, 'AWS::Lambda::Function')['QueueDashworkerLambdaFunction'] ?? {};
  const { VisibilityTimeout = 0, RedrivePolicy } = queues['RequestsQueue'] ?? { QueueName: undefined };
  const mappings = Object.values(resourcesOf<Mapping>(template, 'AWS::Lambda::EventSourceMapping'));
  return [
    ...says(new Set(names).size === names.length, 'Two queues have one name'),
    ...Object.entries(queues).flatMap(([id, { SqsManagedSseEnabled, KmsMasterKeyId }]) =>
      says((SqsManagedSseEnabled === true) !== (KmsMasterKeyId !== undefined), `${id} is not encrypted in one way`),
    ),
    ...says(VisibilityTimeout >= 6 * Timeout, 'A request comes back while it may still be answered'),
    ...says(RedrivePolicy !== undefined, 'Requests have no dead-letter queue'),
    ...mappings.flatMap(({ BatchSize, FunctionResponseTypes, ScalingConfig }) => [
      ...says(BatchSize <= 10, 'A batch is larger than a FIFO queue allows'),
      ...says(
        JSON.stringify(FunctionResponseTypes) === '["ReportBatchItemFailures"]',
        'A failed message takes its batch with it',
      ),
      ...says(ScalingConfig !== undefined, 'Workers are not limited'),
    ]),
  ];
}

function findTableFaults(template: Template): readonly string[] {
  const tables = Object.entries(resourcesOf<Table>(template, 'AWS::DynamoDB::Table'));
  const touches = (name: string): readonly string[] =>
    rightsOf(template, name).filter((right) => right.startsWith('dynamodb:'));
  const asked = /^dynamodb:(?:GetItem|PutItem|UpdateItem|DeleteItem) StateTable\.Arn$/;
  const isSame = (value: unknown, expected: unknown): boolean => JSON.stringify(value) === JSON.stringify(expected);
  return [
    ...says(tables.length === 1, 'There is not exactly one table'),
    ...tables.flatMap(([id, { BillingMode, KeySchema, TimeToLiveSpecification }]) => [
      ...says(BillingMode === 'PAY_PER_REQUEST', `${id} costs something while nobody uses it`),
      ...says(
        isSame(KeySchema, [{ AttributeName: 'id', KeyType: 'HASH' }]),
        `${id} has another key than the code asks for`,
      ),
      ...says(
        isSame(TimeToLiveSpecification, { AttributeName: 'expires_at', Enabled: true }),
        `${id} is not cleaned up`,
      ),
      ...says(template.Resources[id]?.DeletionPolicy === 'Delete', `${id} outlives its stage`),
    ]),
    ...['completion', 'queue-worker'].flatMap((name) => [
      ...says(
        touches(name).every((right) => asked.test(right)),
        `${name} can do more with the table than the code does`,
      ),
      ...says(
        isSame(variablesOf(template, name)['STATE_TABLE'], { Ref: 'StateTable' }),
        `${name} is not told of the table`,
      ),
    ]),
    ...says(touches('token-refresh').length === 0, 'token-refresh can touch the table'),
  ];
}

function findFrontDoorFaults(template: Template): readonly string[] {
  const methods = Object.values(
    resourcesOf<{ readonly Integration: { readonly ResponseTransferMode?: string } }>(
      template,
      'AWS::ApiGateway::Method',
    ),
  );
  const apis = JSON.stringify(resourcesOf(template, 'AWS::ApiGateway::RestApi'));
  const stages = JSON.stringify(resourcesOf(template, 'AWS::ApiGateway::Stage'));
  const urls = JSON.stringify(resourcesOf(template, 'AWS::Lambda::Url'));
  const isRest = methods.length > 0;
  return [
    ...says(
      methods.every(({ Integration }) => Integration.ResponseTransferMode === 'STREAM'),
      'The API does not stream',
    ),
    ...says(!isRest || apis.includes('"Types":["REGIONAL"]'), 'The API is not regional'),
    ...says(!isRest || stages.includes('"ThrottlingRateLimit"'), 'The API has no limits'),
    ...says(!isRest || stages.includes('"DeploymentId"'), 'The stage has no deployment'),
    ...says(isRest !== urls.includes('"RESPONSE_STREAM"'), 'There is not exactly one front door that streams'),
    ...says(template.Outputs['EndpointUrl'] !== undefined, 'Nobody is told where to call'),
  ];
}

function findAlarmFaults(template: Template): readonly string[] {
  const alarms = Object.entries(resourcesOf<Alarm>(template, 'AWS::CloudWatch::Alarm'));
  return alarms.flatMap(([id, { AlarmActions, AlarmDescription = '', TreatMissingData }]) => [
    ...says(JSON.stringify(AlarmActions) === '[{"Ref":"AlarmTopic"}]', `${id} tells nobody`),
    ...says(AlarmDescription.length > 40, `${id} does not say what it means`),
    ...says(TreatMissingData !== undefined, `${id} leaves open what silence means`),
  ]);
}

function says(holds: boolean, fault: string): readonly string[] {
  return holds ? [] : [fault];
}

function isAction(action: string | undefined): boolean {
  return action !== undefined && /^[a-z0-9]+:[A-Za-z]+$/.test(action);
}

/** An attribute of a resource and a reference name one thing; a text may name all. */
function isEverything(resource: unknown): boolean {
  return /^"\*"$|^"arn:[^"]*:\*"$|:\*:\*/.test(JSON.stringify(resource));
}
