// Conditions resolved as CloudFormation resolves them: its own examples, and what it refuses.
import { createConditions, findBrokenRules, resolveEntries, resolveIfs } from '../../deploy/conditions.mjs';

const absent = { Ref: 'AWS::NoValue' };
const holds = createConditions({
  Yes: { 'Fn::Equals': ['prod', 'prod'] },
  No: { 'Fn::Equals': ['dev', 'prod'] },
  Number: { 'Fn::Equals': [7, '7'] },
  Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
  Either: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
  Neither: { 'Fn::Not': [{ Condition: 'Either' }] },
});

describe('a condition', () => {
  it.each([
    ['Yes', true],
    ['No', false],
    ['Number', true],
    ['Both', false],
    ['Either', true],
    ['Neither', false],
  ])('%s is %s', (name, expected) => {
    expect(holds(name)).toBe(expected);
  });

  it('that nobody has written down is refused, as is a function that is none of conditions', () => {
    expect(() => holds('Maybe')).toThrow('There is no condition named Maybe');
    expect(() => resolveIfs({ a: { 'Fn::If': ['toString', 1, 2] } }, holds)).toThrow('no condition named toString');
    expect(() => createConditions({ Odd: { 'Fn::Sub': 'x' } })('Odd')).toThrow('Fn::Sub is no condition');
  });
});

describe('Fn::If', () => {
  it('is replaced by what it comes to, however deep', () => {
    const inner = { 'Fn::If': ['No', 'a', { Ref: 'B' }] };
    expect(resolveIfs({ list: [{ 'Fn::If': ['Yes', { of: [inner] }, 'never'] }], text: 'x' }, holds)).toEqual({
      list: [{ of: [{ Ref: 'B' }] }],
      text: 'x',
    });
  });

  it('leaves nothing where it comes to AWS::NoValue: no property, no item', () => {
    const gone = { 'Fn::If': ['Yes', absent, 'x'] };
    expect(resolveIfs({ gone, list: ['first', gone, absent, 'last'], kept: false, empty: '' }, holds)).toEqual({
      list: ['first', 'last'],
      kept: false,
      empty: '',
    });
  });
});

it('a resource whose condition does not hold is not there, and one whose condition holds does not name it', () => {
  const statement = { Condition: { StringEquals: { a: 'b' } } };
  const resources = {
    Kept: { Type: 'T', Condition: 'Yes', Properties: { Statement: [statement] } },
    Gone: { Type: 'T', Condition: 'No' },
    Always: { Type: 'T' },
  };
  expect(resolveEntries(resources, 'Condition', holds)).toEqual({
    Kept: { Type: 'T', Properties: { Statement: [statement] } },
    Always: { Type: 'T' },
  });
});

it('a rule is broken by an assertion that does not hold while the condition of the rule does', () => {
  const rule = (condition: string | undefined, assertion: string) => ({
    ...(condition !== undefined && { RuleCondition: { Condition: condition } }),
    Assertions: [{ Assert: { Condition: assertion }, AssertDescription: `${condition} ${assertion}` }],
  });
  const rules = { a: rule('Yes', 'No'), b: rule('No', 'No'), c: rule('Yes', 'Yes'), d: rule(undefined, 'No') };
  expect(findBrokenRules(rules, holds)).toEqual(['Yes No', 'undefined No']);
});
