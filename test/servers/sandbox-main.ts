// One more copy of the completion function, loaded in a process of its own as Lambda loads one per sandbox.
import { startHttpHost } from '../../local/http-host.ts';
import { installLambdaRuntime } from '../../local/lambda-runtime.ts';

installLambdaRuntime();
const { handler } = await import('../../functions/completion.ts');
const { url } = await startHttpHost({ port: 0, handler, timeoutMs: 30_000, functionName: 'completion' });
console.log(`ready ${url}`);
