// A Serverless plugin that hands the API's stage from the deployment, which Serverless makes anew each time, to the
// resource ApiStage of front-door-rest.yml. A deployment sets limits only on a stage it creates, never on one it updates.
// It also takes out the functions that are switched off.

// Serverless takes the default export for the plugin.
// oxlint-disable-next-line import/no-default-export
export default class StagePlugin {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      initialize: () => this.removeEmptyFunctions(),
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.bindStage(),
    };
  }

  /** A function that a parameter has switched off is an empty one: Serverless knows no condition for a function. */
  removeEmptyFunctions() {
    const { functions } = this.serverless.service;
    for (const name of Object.keys(functions)) if (functions[name].handler === undefined) delete functions[name];
  }

  bindStage() {
    const { Resources: resources } = this.serverless.service.provider.compiledCloudFormationTemplate;
    const id = Object.keys(resources).find((name) => resources[name].Type === 'AWS::ApiGateway::Deployment');
    // With a function URL there is no API.
    if (id === undefined) return;
    delete resources[id].Properties.StageName;
    resources.ApiStage.Properties.DeploymentId = { Ref: id };
  }
}
