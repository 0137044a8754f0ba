// Changes of the template, each of which must be found: the first ones by AWS's validator, the others by our own rules.

const inCompletion = 'Resources/CompletionLambdaFunction/Properties';
const inTable = 'Resources/StateTable/Properties';
const inRequests = 'Resources/RequestsQueue/Properties';
const completionStatements = 'Resources/CompletionRole/Properties/Policies/0/PolicyDocument/Statement';
const mapping = 'Resources/QueueDashworkerEventSourceMappingSQSRequestsQueue/Properties';

/** What is wrong, what is to be said of it, and new values by their path; undefined removes what is there. */
type TemplateChange = readonly [name: string, fault: RegExp, changes: Readonly<Record<string, unknown>>];

export const templateChanges: readonly TemplateChange[] = [
  // By AWS's validator.
  ['a property that does not exist', /^F3002 RequestsQueue/, { [`${inRequests}/Visibility`]: 60 }],
  ['a value of another type', /^F3012 CompletionLambdaFunction/, { [`${inCompletion}/Timeout`]: 'long' }],
  ['a missing property', /^F3003 AlarmTopicPolicy/, { 'Resources/AlarmTopicPolicy/Properties/Topics': undefined }],
  [
    'a reference to nothing',
    /^F1020 DeadLettersAlarm/,
    { 'Resources/DeadLettersAlarm/Properties/AlarmActions': [{ Ref: 'Topic' }] },
  ],
  ['a type that does not exist', /^F3006 Dashboard/, { 'Resources/Dashboard/Type': 'AWS::CloudWatch::Dashboards' }],
  [
    'a statement with a key that IAM does not know',
    /^E3510 CompletionRole/,
    { [`${completionStatements}/0/Resources`]: '*' },
  ],
  [
    'a schedule that AWS cannot read',
    /^E3027 /,
    { 'Resources/TokenDashrefreshEventsRuleSchedule1/Properties/ScheduleExpression': 'rate(1 days)' },
  ],
  [
    'a runtime that is deprecated',
    /^[EW]253\d CompletionLambdaFunction/,
    { [`${inCompletion}/Runtime`]: 'nodejs18.x' },
  ],
  [
    'a value out of a list',
    /^W3030 ApiGatewayMethodAny/,
    { 'Resources/ApiGatewayMethodAny/Properties/Integration/ResponseTransferMode': 'STREAMING' },
  ],
  [
    'a value out of the list of alarms',
    /^W3030 QueueAgeAlarm/,
    { 'Resources/QueueAgeAlarm/Properties/TreatMissingData': 'fine' },
  ],
  // By our own rules.
  [
    'a request that comes back too early',
    /comes back while it may still be answered/,
    { [`${inRequests}/VisibilityTimeout`]: 600 },
  ],
  [
    'two queues of one name',
    /^Two queues have one name/,
    { 'Resources/ResultsQueue/Properties/QueueName': 'qianfan-serverless-dev-requests' },
  ],
  [
    'a queue in the clear',
    /^ResultsQueue is not encrypted/,
    { 'Resources/ResultsQueue/Properties/SqsManagedSseEnabled': false },
  ],
  ['requests without a dead-letter queue', /have no dead-letter queue/, { [`${inRequests}/RedrivePolicy`]: undefined }],
  ['a batch that fails as a whole', /takes its batch with it/, { [`${mapping}/FunctionResponseTypes`]: undefined }],
  ['workers without a limit', /^Workers are not limited/, { [`${mapping}/ScalingConfig`]: undefined }],
  [
    'the long-lived keys within reach of the endpoint',
    /^completion can read the long-lived keys/,
    { [`${completionStatements}/1/Resource/1`]: { Ref: 'CredentialsSecret' } },
  ],
  [
    'a queue within reach of the endpoint',
    /^completion can touch a queue/,
    { [`${completionStatements}/4`]: allow('sqs:SendMessage', { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] }) },
  ],
  [
    'a right to everything of a kind',
    /^CompletionRole may do something to everything/,
    { [`${completionStatements}/0/Resource`]: '*' },
  ],
  [
    'more rights than are named',
    /^CompletionRole may do more than it names/,
    { [`${completionStatements}/1/Action`]: 'secretsmanager:*' },
  ],
  [
    'a managed policy',
    /^TokenRefreshRole has a managed policy/,
    { 'Resources/TokenRefreshRole/Properties/ManagedPolicyArns': ['arn:aws:iam::aws:policy/AdministratorAccess'] },
  ],
  [
    'a role of two functions',
    /^Functions share a role/,
    { [`${inCompletion}/Role`]: { 'Fn::GetAtt': ['TokenRefreshRole', 'Arn'] } },
  ],
  [
    'a secret in the environment',
    /has a secret in its environment/,
    {
      [`${inCompletion}/Environment/Variables/OPENAI_API_KEY`]:
        '{{resolve:secretsmanager:qianfan-serverless/dev/openai-key}}',
    },
  ],
  [
    'a table that is paid for idle',
    /^StateTable costs something while nobody uses it/,
    { [`${inTable}/BillingMode`]: 'PROVISIONED' },
  ],
  [
    'a table that is cleaned up by another attribute',
    /^StateTable is not cleaned up/,
    { [`${inTable}/TimeToLiveSpecification/AttributeName`]: 'expires' },
  ],
  [
    'a table that is asked by another key',
    /^StateTable has another key than the code asks for/,
    { [`${inTable}/KeySchema/0/AttributeName`]: 'key', [`${inTable}/AttributeDefinitions/0/AttributeName`]: 'key' },
  ],
  ['a table that outlives its stage', /^StateTable outlives/, { 'Resources/StateTable/DeletionPolicy': 'Retain' }],
  [
    'a table that the token refresh can touch',
    /^token-refresh can touch the table/,
    {
      'Resources/TokenRefreshRole/Properties/Policies/0/PolicyDocument/Statement/3': allow('dynamodb:GetItem', {
        'Fn::GetAtt': ['StateTable', 'Arn'],
      }),
    },
  ],
  [
    'a table whose items can be listed',
    /^completion can do more with the table than the code does/,
    { [`${completionStatements}/4`]: allow('dynamodb:Scan', { 'Fn::GetAtt': ['StateTable', 'Arn'] }) },
  ],
  [
    'a function that does not know the table',
    /^completion is not told of the table/,
    { [`${inCompletion}/Environment/Variables/STATE_TABLE`]: '' },
  ],
  [
    'a worker that does not know the table',
    /^queue-worker is not told of the table/,
    { 'Resources/QueueDashworkerLambdaFunction/Properties/Environment/Variables/STATE_TABLE': undefined },
  ],
  ['a function that runs for longer than it can', /longer than Lambda allows/, { [`${inCompletion}/Timeout`]: 901 }],
  [
    'an API that does not stream',
    /^The API does not stream/,
    { 'Resources/ApiGatewayMethodAny/Properties/Integration/ResponseTransferMode': undefined },
  ],
  [
    'an API at the edge',
    /^The API is not regional/,
    { 'Resources/ApiGatewayRestApi/Properties/EndpointConfiguration/Types': ['EDGE'] },
  ],
  ['an API without limits', /^The API has no limits/, { 'Resources/ApiStage/Properties/MethodSettings': undefined }],
  [
    'a stage without a deployment',
    /^The stage has no deployment/,
    { 'Resources/ApiStage/Properties/DeploymentId': undefined },
  ],
  [
    'an alarm that tells nobody',
    /^QueueAgeAlarm tells nobody/,
    { 'Resources/QueueAgeAlarm/Properties/AlarmActions': undefined },
  ],
  [
    'an alarm without a meaning',
    /does not say what it means/,
    { 'Resources/QueueAgeAlarm/Properties/AlarmDescription': 'Queue' },
  ],
  [
    'an alarm that says nothing of silence',
    /leaves open what silence means/,
    { 'Resources/QueueAgeAlarm/Properties/TreatMissingData': undefined },
  ],
  [
    'a failed schedule that is forgotten',
    /^A failed schedule is not kept/,
    { 'Resources/TokenDashrefreshLambdaEvConf': undefined },
  ],
];

function allow(action: string, resource: unknown): object {
  return { Effect: 'Allow', Action: action, Resource: resource };
}
