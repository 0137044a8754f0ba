// A Serverless plugin that refuses `serverless deploy function` before anything is changed. That command writes the settings of
// a function itself and cannot: ours name secrets, queues and roles of the stack, which only CloudFormation knows. It would
// replace the code and then stop, so that code and settings were of two versions.

// Serverless takes the default export for the plugin.
// oxlint-disable-next-line import/no-default-export
export default class WholeStackPlugin {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'before:deploy:function:initialize': () => this.refuse() };
  }

  refuse() {
    const { stage } = this.serverless.service.provider;
    throw new this.serverless.classes.Error(
      'A single function cannot be deployed: its settings name resources of the stack, which only a deployment of the whole ' +
        `stack knows. Run npm run deploy -- --stage ${this.serverless.processedInput.options.stage ?? stage}: what has not ` +
        'changed is not deployed again.',
      'SINGLE_FUNCTION_REFUSED',
    );
  }
}
