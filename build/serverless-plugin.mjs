// A Serverless plugin that builds the bundles before they are packaged, so that no stale code is deployed.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default class BuildPlugin {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.build(),
      'before:package:function:package': () => this.build(),
    };
  }

  build() {
    // The project's own Node runs the build: the one that runs Serverless may be too old for TypeScript.
    execFileSync(join('node_modules', '.bin', 'node'), [join('build', 'bundle.ts')], {
      cwd: this.serverless.serviceDir,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  }
}
