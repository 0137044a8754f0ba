// Finds resources in a CloudFormation template, and what the role of a function allows.
import { readFileSync } from 'node:fs';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Resource<Properties = unknown> {
  readonly Type: string;
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface LambdaFunction {
  readonly Handler: string;
  readonly Runtime: string;
  readonly Architectures: readonly string[];
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly Code: { readonly S3Key: string };
  readonly Role: { readonly 'Fn::GetAtt': readonly [id: string, attribute: string] };
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
  readonly ReservedConcurrentExecutions?: number;
}

export interface Role {
  readonly AssumeRolePolicyDocument: unknown;
  readonly ManagedPolicyArns?: readonly unknown[];
  readonly Policies: readonly Policy[];
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** A policy that is a resource of its own. */
interface AttachedPolicy extends Policy {
  readonly Roles: readonly { readonly Ref: string }[];
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Reference | readonly Reference[];
  readonly Condition?: unknown;
}

type Reference =
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly string[] }
  | { readonly 'Fn::Sub': string }
  | string;

/** Reads a template, and drops what CloudFormation takes for absent. */
export function readTemplate(path: string): Template {
  return JSON.parse(readFileSync(path, 'utf8'), (_name, value: { readonly Ref?: unknown } | null) =>
    value?.Ref === 'AWS::NoValue' ? undefined : value,
  ) as Template;
}

/** Returns the properties of all resources of a type, by logical id. */
export function resourcesOf<Properties>({ Resources }: Template, type: string): Readonly<Record<string, Properties>> {
  return Object.fromEntries(
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties as Properties]),
  );
}

/**
 * Returns a resource by its logical id.
 *
 * @throws Error when the template has none of this id and type.
 */
export function resourceOf<Properties>({ Resources }: Template, type: string, id: string): Resource<Properties> {
  const resource = Resources[id];
  if (resource?.Type !== type) throw new Error(`The template has no ${type} ${id}`);
  return { ...resource, Properties: resource.Properties as Properties };
}

/**
 * Returns the properties of the function that is built from functions/<name>.ts.
 *
 * @throws Error when the template has no such function.
 */
export function lambdaFunctionOf(template: Template, name: string): LambdaFunction {
  const found = Object.values(resourcesOf<LambdaFunction>(template, 'AWS::Lambda::Function')).find(
    ({ Handler }) => Handler === `dist/${name}/index.handler`,
  );
  if (found === undefined) throw new Error(`The template has no function ${name}`);
  return found;
}

/** Returns the environment of the function that is built from functions/<name>.ts. */
export function variablesOf(template: Template, name: string): Readonly<Record<string, unknown>> {
  return lambdaFunctionOf(template, name).Environment.Variables;
}

/** Returns what a role may do, its attached policies included. */
export function statementsOf(template: Template, roleId: string): readonly Statement[] {
  const { Policies } = resourceOf<Role>(template, 'AWS::IAM::Role', roleId).Properties;
  const attached = Object.values(resourcesOf<AttachedPolicy>(template, 'AWS::IAM::Policy')).filter(({ Roles }) =>
    Roles.some(({ Ref }) => Ref === roleId),
  );
  return [...Policies, ...attached].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/**
 * Returns what a function may do, sorted, each as "action resource": `lambda:InvokeFunction Function.Arn` for an
 * attribute of a resource of the template, `secretsmanager:GetSecretValue Secret` for a mere reference to one.
 */
export function rightsOf(template: Template, name: string): readonly string[] {
  const roleId = lambdaFunctionOf(template, name).Role['Fn::GetAtt'][0];
  const { ManagedPolicyArns = [] } = resourceOf<Role>(template, 'AWS::IAM::Role', roleId).Properties;
  return [
    ...ManagedPolicyArns.map((policy) => `managed policy ${JSON.stringify(policy)}`),
    ...statementsOf(template, roleId).flatMap(toRights),
  ].toSorted();
}

function toRights({ Effect, Action, Resource, Condition }: Statement): readonly string[] {
  const effect = Effect === 'Allow' ? '' : `${Effect} `;
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
  return [Action]
    .flat()
    .flatMap((action) => [Resource].flat().map((resource) => `${effect}${action} ${nameOf(resource)}${condition}`));
}

function nameOf(resource: Reference): string {
  if (typeof resource === 'string') return resource;
  if ('Ref' in resource) return resource.Ref;
  return 'Fn::Sub' in resource ? resource['Fn::Sub'] : resource['Fn::GetAtt'].join('.');
}
