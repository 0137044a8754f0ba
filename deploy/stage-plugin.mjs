// A Serverless plugin that binds the API's stage, the resource ApiStage of front-door.yml, to the API's deployment. Serverless
// names a deployment by the time, and has it make the stage; then each deployment of the stack would make a new one although
// nothing has changed, and limits would be set only on a stage that is created, never on one that is updated.
import { createHash } from 'node:crypto';

const deploymentType = 'AWS::ApiGateway::Deployment';

/** What a deployment of an API is a picture of. */
const picturedTypes = new Set(
  ['RestApi', 'Resource', 'Method', 'GatewayResponse'].map((name) => `AWS::ApiGateway::${name}`),
);

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
    const timedId = Object.keys(resources).find((id) => resources[id].Type === deploymentType);
    // With a function URL there is no API.
    if (timedId === undefined) return;
    const pictured = Object.entries(resources)
      .filter(([, { Type: type }]) => picturedTypes.has(type))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const digest = createHash('sha256').update(JSON.stringify(pictured)).digest('hex');
    // The picture is taken once, so a change of the API needs another deployment, and nothing else does.
    const id = `ApiGatewayDeployment${digest.slice(0, 16)}`;
    const { [timedId]: deployment } = resources;
    delete resources[timedId];
    delete deployment.Properties.StageName;
    const gatewayResponses = pictured.flatMap(([name, { Type: type }]) => (type.endsWith('Response') ? [name] : []));
    resources[id] = { ...deployment, DependsOn: [...deployment.DependsOn, ...gatewayResponses] };
    resources.ApiStage.Properties.DeploymentId = { Ref: id };
  }
}
