// A Serverless plugin that resolves the conditions of conditions.yml in functions and resources, and refuses parameters that are
// none. All values are known while packaging, and CloudFormation could not decide about functions and their events anyway:
// Serverless makes many resources of each.
import { createConditions, findBrokenRules, resolveEntries } from './conditions.mjs';

// Serverless takes the default export for the plugin.
// oxlint-disable-next-line import/no-default-export
export default class ConditionsPlugin {
  constructor(serverless) {
    this.ServerlessError = serverless.classes.Error;
    const { service } = serverless;
    const validate = service.validate.bind(service);
    // Serverless has no hook between reading the variables and checking the result, which may hold no conditions then.
    service.validate = async () => {
      this.resolve(service);
      return validate();
    };
  }

  resolve(service) {
    const { Conditions: conditions, Rules: rules, Resources: resources, Outputs: outputs } = service.resources;
    const holds = createConditions(conditions);
    const faults = [...findChoiceFaults(service.custom.choices), ...findBrokenRules(rules, holds)];
    if (faults.length > 0) throw new this.ServerlessError(faults.join('\n'), 'PARAMETER_REFUSED');
    service.functions = resolveEntries(service.functions, 'condition', holds);
    service.resources = {
      Resources: resolveEntries(resources, 'Condition', holds),
      Outputs: resolveEntries(outputs, 'Condition', holds),
    };
  }
}

/** Returns a sentence for each parameter that has none of its values. */
function findChoiceFaults(choices) {
  return Object.entries(choices)
    .filter(([, { is, of }]) => !of.includes(is))
    .map(([name, { is, of }]) => `${name} must be ${of.slice(0, -1).join(', ')} or ${of.at(-1)}, not "${is}"`);
}
