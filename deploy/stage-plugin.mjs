// A Serverless plugin that hands the API's stage from the deployment, which Serverless makes anew each time, to the
// resource ApiStage of front-door.yml. A deployment sets limits only on a stage it creates, never on one it updates.

// Serverless takes the default export for the plugin.
// oxlint-disable-next-line import/no-default-export
export default class StagePlugin {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.bindStage(),
    };
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
