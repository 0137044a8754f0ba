// The playground of the local run: built from its sources when it is first asked for, and served by the deployed function's app.
import type { APIGatewayProxyEvent, StreamifyHandler } from 'aws-lambda';
import { createPlaygroundApp } from '../lib/app/create-playground-app.ts';
import { createHttpFunction } from '../lib/lambda/http-function.ts';

/** The paths of the playground, below at most one segment for a stage, as API Gateway routes them in a deployment. */
const pagePath = /^(?:\/[\w-]+)?\/playground(?:\/[\w.-]*)?$/;

/** Whether a request is for the playground. */
export function isForPlayground(method: string | undefined, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && pagePath.test(path);
}

/** Creates the function for a gateway with these clients. Lambda's runtime must have been installed. */
export function createLocalPlayground(
  clients: readonly { readonly id: string; readonly secret: string }[],
): StreamifyHandler<APIGatewayProxyEvent> {
  let page: Promise<ReadonlyMap<string, string>> | undefined;
  const build = async (): Promise<ReadonlyMap<string, string>> => {
    // Building needs esbuild, which no other part of the local run loads.
    const { buildPage } = await import('../build/page.ts');
    return buildPage();
  };
  const readFile = async (name: string): Promise<string | undefined> => (await (page ??= build())).get(name);
  const hasDemoClient = clients.some(({ id, secret }) => id === 'demo' && secret === 'demo-secret');
  const app = createPlaygroundApp({ gatewayUrl: undefined, hasDemoClient }, readFile);
  return awslambda.streamifyResponse(createHttpFunction(app));
}
