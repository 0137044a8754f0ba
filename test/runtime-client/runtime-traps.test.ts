// What the runtime client does with handlers that are not careful, so that a new version that changes it is noticed.
import { fileURLToPath } from 'node:url';
import { createLambdaContext } from '../../local/lambda-context.ts';
import { installLambdaRuntime } from '../../local/lambda-runtime.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { readDoorAnswer } from './front-doors.ts';
import type { Outcome } from './invocation.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

describeInRuntime('the runtime client', () => {
  const sandboxes: Sandbox[] = [];

  const start = async (handler: string): Promise<Sandbox> => {
    const sandbox = await startSandbox({
      taskRoot: fileURLToPath(new URL('./handlers', import.meta.url)),
      handler,
      functionName: 'trap',
      memoryMb: 512,
      timeoutMs: 30_000,
      environment: {},
    });
    sandboxes.push(sandbox);
    return sandbox;
  };
  const run = async (handler: string, timeoutMs?: number): Promise<Outcome> =>
    (await start(handler)).invoke({}, timeoutMs).outcome;

  afterEach(async () => {
    await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
  });

  it.each([
    ['traps.endWithBody', 'body'],
    ['traps.endWithoutBody', ''],
  ])('loses status and headers of a stream that is ended without a write: %s', async (handler, body) => {
    const outcome = await run(handler);
    expect(outcome).toMatchObject({ how: 'streamed', body: Buffer.from(body) });
    expect(() => readDoorAnswer(outcome)).toThrow('The answer has no prelude');
  });

  it('sends status and headers with a write of nothing', async () => {
    expect(readDoorAnswer(await run('traps.writeNothingFirst'))).toEqual({
      status: 201,
      headers: { 'x-kept': 'yes' },
      body: '',
    });
  });

  it.each([
    ['traps.throwAtOnce', 'application/octet-stream', ''],
    ['traps.throwAfterFrom', 'application/vnd.awslambda.http-integration-response', ''],
    [
      'traps.throwMidStream',
      'application/vnd.awslambda.http-integration-response',
      `${JSON.stringify({ statusCode: 201, headers: { 'X-Kept': 'yes' } })}${'\0'.repeat(8)}half of`,
    ],
  ])('tells what a streaming handler throws in trailers only: %s', async (handler, contentType, body) => {
    const error = { errorType: 'TypeError', errorMessage: expect.stringMatching(/./) };
    expect(await run(handler)).toEqual({ how: 'streamed', contentType, body: Buffer.from(body), error });
  });

  it('waits for a stream that is not ended until the function is out of time', async () => {
    const outcome = await run('traps.neverEnd', 500);
    expect(outcome.how).toBe('timed out');
    expect((outcome as { body: Buffer }).body.toString()).toMatch(/begun$/);
  });

  it('gives a stream that is no Writable of Node.js, takes 64 KiB at a time, and writes objects as JSON', async () => {
    const { body } = readDoorAnswer(await run('traps.describeStream'));
    expect(JSON.parse(body)).toEqual({
      isSame: true,
      isPlainObject: true,
      hasPipe: false,
      highWaterMark: 65_536,
      drains: 64,
    });
  });

  it('ignores what a streaming handler returns, with a warning', async () => {
    const sandbox = await start('traps.returnValue');
    expect(readDoorAnswer(await sandbox.invoke({}).outcome).body).toBe('written');
    await expect(sandbox.printed('Streaming handlers ignore return values.')).resolves.toBeUndefined();
  });

  it('refuses a streaming handler that returns no promise', async () => {
    const error = { errorType: 'Error', errorMessage: 'Streaming does not support non-async handlers.' };
    expect(await run('traps.notAsync')).toMatchObject({ how: 'streamed', error });
  });

  it('passes cookies and headers with several values on', async () => {
    const outcome = await run('traps.sendCookies');
    const [prelude = ''] = (outcome as { body: Buffer }).body.toString().split('\0');
    expect(JSON.parse(prelude)).toMatchObject({ cookies: ['a=1', 'b=2'], multiValueHeaders: { 'X-Two': ['1', '2'] } });
  });

  it('gives a context without callbacks, which the local run does not outdo', async () => {
    const { payload } = (await run('traps.describeRuntime')) as { payload: { context: string[]; awslambda: string[] } };
    expect(payload.context.toSorted()).toEqual([
      'awsRequestId',
      'clientContext',
      'functionName',
      'functionVersion',
      'getRemainingTimeInMillis',
      'identity',
      'invokedFunctionArn',
      'logGroupName',
      'logStreamName',
      'memoryLimitInMB',
      'tenantId',
      'xRayTraceId',
    ]);
    const local = Object.keys(createLambdaContext({ functionName: 'local', timeoutMs: 1_000 }));
    expect(payload.context).toEqual(expect.arrayContaining(local));
  });

  it('provides the global awslambda, which the local run does not outdo', async () => {
    const { payload } = (await run('traps.describeRuntime')) as { payload: { awslambda: string[] } };
    expect(payload.awslambda.toSorted()).toEqual(['HttpResponseStream', 'InvokeStore', 'streamifyResponse']);
    installLambdaRuntime();
    expect(payload.awslambda).toEqual(expect.arrayContaining(Object.keys(awslambda)));
  });

  it('refuses to load a buffered handler that expects a callback', async () => {
    const { initialised } = await start('traps.threeParameters');
    await expect(initialised).rejects.toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  it('looks for a .js file before a .mjs file', async () => {
    expect(await run('lookup.handler')).toEqual({ how: 'returned', payload: '.js' });
    expect(await run('traps.loadedFrom')).toEqual({ how: 'returned', payload: '.mjs' });
  });
});
