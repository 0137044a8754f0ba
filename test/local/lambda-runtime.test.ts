// The runtime gives handlers what Lambda's own gives them.
import { once } from 'node:events';
import type { Context, StreamifyHandler } from 'aws-lambda';
import { createLambdaContext } from '../../local/lambda-context.ts';
import { invokeBuffered, invokeStreaming } from '../../local/lambda-runtime.ts';
import { collect, identity, run } from './streaming-run.ts';

describe('a streaming handler', () => {
  it('fails as what it throws', async () => {
    const failure = new RangeError('no');
    await expect(run(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  it('has its stream destroyed when it fails', async () => {
    let closed: Promise<unknown> | undefined;
    const handler: StreamifyHandler = async (_event, stream) => {
      closed = once(stream, 'close');
      throw new RangeError('no');
    };
    await expect(run(handler)).rejects.toThrow('no');
    await expect(closed).resolves.toEqual([]);
  });

  it('fails when it is not async', async () => {
    await expect(run((_event, stream) => void stream.end())).rejects.toThrow('non-async');
  });

  it('fails when it is not wrapped in streamifyResponse', async () => {
    const options = { ...identity, sink: collect(), signal: new AbortController().signal };
    await expect(invokeStreaming(async () => undefined, {}, options)).rejects.toThrow('streamifyResponse');
  });

  it('fails when it destroys its own stream', async () => {
    await expect(run(async (_event, stream) => void stream.destroy())).rejects.toThrow('not finished');
  });

  it('times out when it never ends its stream', async () => {
    await expect(run(async () => undefined, { timeoutMs: 20 })).rejects.toMatchObject({
      name: 'Sandbox.Timedout',
      message: 'Task timed out after 0.02 seconds',
    });
  });

  it('has its stream destroyed when it times out', async () => {
    let closed: Promise<unknown> | undefined;
    const handler: StreamifyHandler = async (_event, stream) => {
      closed = once(stream, 'close');
    };
    await expect(run(handler, { timeoutMs: 20 })).rejects.toThrow('timed out');
    await expect(closed).resolves.toEqual([]);
  });

  it('is warned of a return value, which is ignored', async () => {
    const lines: string[] = [];
    const handler: StreamifyHandler = async (_event, stream) => {
      stream.end('body');
      return 'returned';
    };
    expect(await run(handler, { log: (line) => lines.push(line) })).toBe('body');
    expect(lines).toEqual(['Streaming handlers ignore return values.']);
  });
});

describe('a buffered handler', () => {
  it('gets the event and a context, and its result is returned', async () => {
    const handler = async (event: { a: number }, context: Context) => [event.a, context.functionName];
    expect(await invokeBuffered(handler, { a: 1 }, identity)).toEqual([1, 'tested']);
  });

  it('fails as what it throws, also before it is asynchronous', async () => {
    const handler = (): never => {
      throw new RangeError('at once');
    };
    await expect(invokeBuffered(handler, {}, identity)).rejects.toThrow(RangeError);
  });

  it('fails when it expects a callback', async () => {
    const handler = (_event: unknown, _context: Context, callback: () => void): void => callback();
    await expect(invokeBuffered(handler as never, {}, identity)).rejects.toThrow('Callback');
  });

  it('times out', async () => {
    const endless = invokeBuffered(() => new Promise(() => undefined), {}, { ...identity, timeoutMs: 20 });
    await expect(endless).rejects.toThrow('Task timed out after 0.02 seconds');
  });
});

describe('the context', () => {
  it('counts the remaining time down from the time limit', () => {
    let nowMs = 1_000;
    const context = createLambdaContext({ functionName: 'tested', timeoutMs: 300 }, () => nowMs);
    expect(context.getRemainingTimeInMillis()).toBe(300);
    nowMs += 250;
    expect(context.getRemainingTimeInMillis()).toBe(50);
  });

  it('names the function and the invocation', () => {
    const [first, second] = [createLambdaContext(identity), createLambdaContext(identity)];
    expect(first).toMatchObject({
      functionName: 'tested',
      functionVersion: '$LATEST',
      memoryLimitInMB: '1024',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:tested',
      logGroupName: '/aws/lambda/tested',
      logStreamName: expect.stringContaining('[$LATEST]'),
    });
    expect(first.awsRequestId).not.toBe(second.awsRequestId);
  });
});
