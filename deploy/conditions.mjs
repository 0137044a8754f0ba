// CloudFormation's conditions, resolved: what `Conditions`, `Condition`, `Fn::If` and `Rules` of a template come to once their
// values are known. See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html

/** Stands for a value that is to be absent. */
const absent = Symbol('AWS::NoValue');

/**
 * Returns a function that says whether a condition holds. It takes the name of one, or an expression of `Fn::Equals` (of texts
 * and numbers), `Fn::And`, `Fn::Or`, `Fn::Not` and `Condition`.
 *
 * @param conditions the section `Conditions`: name → expression.
 * @throws Error for a name that is not there, and for an expression of another function.
 */
export function createConditions(conditions) {
  const holds = (expression) => {
    if (typeof expression === 'string') {
      if (!Object.hasOwn(conditions, expression)) throw new Error(`There is no condition named ${expression}`);
      return holds(conditions[expression]);
    }
    const [[operator, operands]] = Object.entries(expression);
    switch (operator) {
      case 'Condition':
        return holds(operands);
      case 'Fn::Equals':
        return String(operands[0]) === String(operands[1]);
      case 'Fn::And':
        return operands.every(holds);
      case 'Fn::Or':
        return operands.some(holds);
      case 'Fn::Not':
        return !holds(operands[0]);
      default:
        throw new Error(`${operator} is no condition that is known here`);
    }
  };
  return holds;
}

/** Returns a value with each `Fn::If` replaced by what it comes to; what that makes `AWS::NoValue` is left out. */
export function resolveIfs(value, holds) {
  const resolved = resolve(value, holds);
  return resolved === absent ? undefined : resolved;
}

/** Returns the entries of `Resources`, `Outputs` or functions whose condition holds, without the condition and resolved. */
export function resolveEntries(entries, conditionKey, holds) {
  const kept = Object.entries(entries).filter(
    ([, { [conditionKey]: condition }]) => condition === undefined || holds(condition),
  );
  return Object.fromEntries(
    kept.map(([name, { [conditionKey]: _condition, ...entry }]) => [name, resolveIfs(entry, holds)]),
  );
}

/** Returns the descriptions of the assertions of the section `Rules` that do not hold. */
export function findBrokenRules(rules, holds) {
  return Object.values(rules)
    .filter(({ RuleCondition: condition }) => condition === undefined || holds(condition))
    .flatMap(({ Assertions: assertions }) => assertions)
    .filter(({ Assert: assertion }) => !holds(assertion))
    .map(({ AssertDescription: description }) => description);
}

function resolve(value, holds) {
  if (Array.isArray(value)) return value.map((item) => resolve(item, holds)).filter((item) => item !== absent);
  if (typeof value !== 'object' || value === null) return value;
  if (value.Ref === 'AWS::NoValue') return absent;
  if (Object.hasOwn(value, 'Fn::If')) {
    const [condition, then, otherwise] = value['Fn::If'];
    return resolve(holds(condition) ? then : otherwise, holds);
  }
  const entries = Object.entries(value).map(([name, item]) => [name, resolve(item, holds)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== absent));
}
