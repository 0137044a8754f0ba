// Creates in the AWS emulation what a template creates in AWS, as far as functions use it.
import { resourcesOf } from '../package/read-template.ts';
import type { Template } from '../package/read-template.ts';
import { callAws, createBucket } from './aws-call.ts';

/** What `Ref` of a resource gives, by its logical id. */
export type References = ReadonlyMap<string, string>;

interface Table {
  readonly AttributeDefinitions: unknown;
  readonly BillingMode: unknown;
  readonly KeySchema: unknown;
}

interface Queue {
  readonly QueueName: string;
  readonly VisibilityTimeout?: number;
  readonly MaximumMessageSize?: number;
  readonly RedrivePolicy?: {
    readonly deadLetterTargetArn: { readonly 'Fn::GetAtt': readonly [id: string, attribute: string] };
    readonly maxReceiveCount: number | string;
  };
}

/**
 * Creates secrets, queues, buckets and tables under the names that the template gives them; what has none gets one.
 *
 * @param secretValues by logical id; for the others the template's own, if it has one.
 */
export async function provision(
  template: Template,
  awsUrl: string,
  secretValues: Readonly<Record<string, unknown>>,
): Promise<References> {
  const references = new Map<string, string>();
  for (const [id, { Name, SecretString }] of secretsOf(template)) {
    const value = id in secretValues ? JSON.stringify(secretValues[id]) : SecretString;
    const { ARN } = await callAws(awsUrl, 'secretsmanager.CreateSecret', { Name, SecretString: value });
    references.set(id, String(ARN));
  }
  for (const id of Object.keys(resourcesOf(template, 'AWS::S3::Bucket'))) {
    const name = id.toLowerCase();
    await createBucket(awsUrl, name);
    references.set(id, name);
  }
  for (const [id, table] of Object.entries(resourcesOf<Table>(template, 'AWS::DynamoDB::Table'))) {
    const { AttributeDefinitions, BillingMode, KeySchema } = table;
    const input = { TableName: id, AttributeDefinitions, BillingMode, KeySchema };
    await callAws(awsUrl, 'DynamoDB_20120810.CreateTable', input);
    references.set(id, id);
  }
  for (const [id, { FunctionName }] of functionsOf(template)) references.set(id, FunctionName);
  for (const [id, queue] of queuesOf(template)) references.set(id, await createQueue(awsUrl, queue, references));
  return references;
}

function secretsOf(template: Template) {
  type Secret = { readonly Name: string; readonly SecretString?: string };
  return Object.entries(resourcesOf<Secret>(template, 'AWS::SecretsManager::Secret'));
}

function functionsOf(template: Template) {
  return Object.entries(resourcesOf<{ readonly FunctionName: string }>(template, 'AWS::Lambda::Function'));
}

/** Those first that others refer to. */
function queuesOf(template: Template) {
  const queues = Object.entries(resourcesOf<Queue>(template, 'AWS::SQS::Queue'));
  return queues.toSorted(([, a], [, b]) => Number('RedrivePolicy' in a) - Number('RedrivePolicy' in b));
}

async function createQueue(awsUrl: string, queue: Queue, references: References): Promise<string> {
  const { QueueName, VisibilityTimeout, MaximumMessageSize, RedrivePolicy } = queue;
  const redrive = RedrivePolicy && {
    deadLetterTargetArn: await readQueueArn(
      awsUrl,
      references.get(RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]) ?? '',
    ),
    maxReceiveCount: RedrivePolicy.maxReceiveCount,
  };
  const Attributes = {
    ...(VisibilityTimeout === undefined ? {} : { VisibilityTimeout: String(VisibilityTimeout) }),
    ...(MaximumMessageSize === undefined ? {} : { MaximumMessageSize: String(MaximumMessageSize) }),
    ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
  };
  const { QueueUrl } = await callAws(awsUrl, 'AmazonSQS.CreateQueue', { QueueName, Attributes });
  return String(QueueUrl);
}

/** The ARN of a queue. */
export async function readQueueArn(awsUrl: string, queueUrl: string): Promise<string> {
  const input = { QueueUrl: queueUrl, AttributeNames: ['QueueArn'] };
  const { Attributes } = await callAws(awsUrl, 'AmazonSQS.GetQueueAttributes', input);
  return (Attributes as { readonly QueueArn: string }).QueueArn;
}
