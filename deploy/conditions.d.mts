// The types of conditions.mjs, which stays JavaScript: Serverless runs on versions of Node.js that do not read TypeScript.

/** The name of a condition, or a function of conditions such as `{ 'Fn::Not': [{ Condition: 'IsProd' }] }`. */
export type ConditionExpression = string | Readonly<Record<string, unknown>>;

export type Holds = (expression: ConditionExpression) => boolean;

export interface TemplateRule {
  readonly RuleCondition?: ConditionExpression;
  readonly Assertions: readonly { readonly Assert: ConditionExpression; readonly AssertDescription: string }[];
}

export function createConditions(conditions: Readonly<Record<string, ConditionExpression>>): Holds;
export function resolveIfs(value: unknown, holds: Holds): unknown;
export function resolveEntries(
  entries: Readonly<Record<string, object>>,
  conditionKey: 'Condition' | 'condition',
  holds: Holds,
): Readonly<Record<string, unknown>>;
export function findBrokenRules(rules: Readonly<Record<string, TemplateRule>>, holds: Holds): readonly string[];
