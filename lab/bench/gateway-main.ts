// The process of our gateway: the completion function in the HTTP host of the local run, and nothing else.
import { startHttpHost } from '../../local/http-host.ts';
import { installLambdaRuntime } from '../../local/lambda-runtime.ts';

installLambdaRuntime();
const { handler } = await import('../../functions/completion.ts');
const { url } = await startHttpHost({ port: 0, handler, timeoutMs: 300_000, functionName: 'completion' });
process.stdout.write(`ready ${url}\n`);
