// What a second deployment changes: nothing, unless something has changed; and that a single function is not deployed.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverlessScript } from '../../cli/deploy/resolve-service.ts';
import { copyConfiguration } from './package-service.ts';
import type { ParameterValues, ProjectCopy } from './package-service.ts';
import type { Template } from './read-template.ts';

/** What Serverless compares with what it deployed before: equal texts, and it deploys nothing. */
const { normalizeCloudFormationTemplate: normalize } = createRequire(import.meta.url)(
  'serverless/lib/plugins/aws/lib/normalize-files.js',
) as { readonly normalizeCloudFormationTemplate: (template: Template) => unknown };

let project: ProjectCopy;

beforeAll(() => {
  project = copyConfiguration();
});

afterAll(() => {
  project.remove();
});

const packageNormalized = async (parameters: ParameterValues = {}): Promise<string> =>
  JSON.stringify(normalize((await project.packageService(parameters)).template));

it('the same again is the same to Serverless, which then deploys nothing; another API is another deployment of it', async () => {
  const first = await packageNormalized();
  // Serverless counts the time in milliseconds, and packaging takes longer.
  const second = await packageNormalized();
  const other = await packageNormalized({ apiKey: 'required' });
  expect(second).toBe(first);
  const deploymentOf = (text: string): unknown => /"DeploymentId":\{"Ref":"(\w+)"\}/.exec(text)?.[1];
  expect(deploymentOf(first)).toMatch(/^ApiGatewayDeployment/);
  expect(deploymentOf(other)).not.toBe(deploymentOf(first));
}, 120_000);

it('a single function is refused in words, before AWS is asked', async () => {
  const offline =
    'data:text/javascript,import net from "node:net"; net.Socket.prototype.connect = () => process.exit(97);';
  const refusal: unknown = await promisify(execFile)(
    process.execPath,
    ['--import', offline, serverlessScript, 'deploy', 'function', '--function', 'completion', '--stage', 'qa'],
    { cwd: project.directory, env: { PATH: process.env['PATH'], HOME: join(project.directory, 'home') } },
  ).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/A single function cannot be deployed: .* Run npm run deploy -- --stage qa:/s),
  });
}, 60_000);
