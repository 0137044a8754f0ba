import type { Context } from 'aws-lambda';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { HttpCall, HttpHandler, HttpRequest } from '../../../lib/core/http.ts';
import { createHttpFunction } from '../../../lib/lambda/http-function.ts';
import type { ForeignEvent } from '../../../lib/lambda/http-function.ts';
import type { HttpEvent } from '../../../lib/lambda/http-event.ts';
import { createLambdaContext } from '../../../local/lambda-context.ts';
import { installLambdaRuntime } from '../../../local/lambda-runtime.ts';
import { createHttpApiEvent, createRestEvent } from '../../doubles/create-http-events.ts';
import { createResponseRecorder, settle } from './create-response-recorder.ts';

installLambdaRuntime();

const headers = { 'Content-Type': 'text/plain' };
const hello: HttpHandler = async () => ({ status: 200, headers, body: 'hello' });

/** As AWS documents it: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html */
const loadBalancerEvent = {
  requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1' } },
  httpMethod: 'GET',
  path: '/health',
  queryStringParameters: {},
  headers: { host: 'lb.example', 'x-amzn-trace-id': 'Root=1-1' },
  body: '',
  isBase64Encoded: false,
};

const contextOf = (timeoutMs: number): Context => createLambdaContext({ functionName: 'completion', timeoutMs });

async function invoke(handle: HttpHandler, event: HttpEvent = createRestEvent(), timeoutMs = 60_000) {
  const recorder = createResponseRecorder();
  await createHttpFunction(handle)(event, recorder.stream, contextOf(timeoutMs));
  await settle();
  return { ...recorder.received(), isEnded: recorder.isEnded() };
}

/** Waits for the signal, like an upstream that does not answer. */
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('createHttpFunction', () => {
  it('answers an event with the response of its handler', async () => {
    expect(await invoke(hello)).toEqual({ prelude: { statusCode: 200, headers }, body: 'hello', isEnded: true });
  });

  it.each<[string, HttpEvent]>([
    ['a REST API', createRestEvent({ path: '/a', httpMethod: 'POST', body: 'x' })],
    ['an HTTP API', createHttpApiEvent({ rawPath: '/a', body: 'x' }, 'POST')],
  ])('hands over what an event of %s asks for', async (_name, event) => {
    const requests: HttpRequest[] = [];
    await invoke(async (request, call) => {
      requests.push(request);
      return hello(request, call);
    }, event);
    expect(requests).toMatchObject([{ method: 'POST', path: expect.stringMatching(/\/a$/), body: Buffer.from('x') }]);
  });

  it('answers an event that is not of HTTP without asking its handler', async () => {
    let isAsked = false;
    const handle: HttpHandler = async (request, call) => {
      isAsked = true;
      return hello(request, call);
    };
    const { prelude, body, isEnded } = await invoke(handle, {} as HttpEvent);
    expect(prelude).toMatchObject({ statusCode: 400, headers: { 'Content-Type': 'application/json' } });
    expect(JSON.parse(body)).toEqual({ message: expect.stringContaining('event') });
    expect([isAsked, isEnded]).toEqual([false, true]);
  });

  it.each<[string, unknown, ForeignEvent['source']]>([
    ['of an Application Load Balancer', loadBalancerEvent, 'application_load_balancer'],
    ['without a context', {}, 'unknown'],
    ['of a queue', { Records: [{ body: 'canary', eventSource: 'aws:sqs' }] }, 'unknown'],
    ['whose context is no object', { requestContext: 'elb' }, 'unknown'],
    ['whose context is null', { requestContext: null }, 'unknown'],
    ['that is null', null, 'unknown'],
    ['that is a text', 'canary', 'unknown'],
  ])('tells of an event %s, and nothing of what it holds', async (_what, event, source) => {
    const told: ForeignEvent[] = [];
    const recorder = createResponseRecorder();
    const context = contextOf(60_000);
    const run = createHttpFunction(hello, { onForeignEvent: (foreign) => told.push(foreign) });
    await run(event as HttpEvent, recorder.stream, context);
    await settle();
    expect(told).toEqual([{ source, invocationId: context.awsRequestId }]);
    expect(recorder.received().prelude).toMatchObject({ statusCode: 400 });
  });

  it('tells nothing of an event that is of HTTP', async () => {
    const told: ForeignEvent[] = [];
    const { stream } = createResponseRecorder();
    const run = createHttpFunction(hello, { onForeignEvent: (foreign) => told.push(foreign) });
    await run(createRestEvent(), stream, contextOf(60_000));
    expect(told).toEqual([]);
  });

  it('leaves to the runtime what its handler throws against its contract', async () => {
    const broken: HttpHandler = async () => {
      throw new Error('bug');
    };
    await expect(invoke(broken)).rejects.toThrow('bug');
  });

  it('tells the handler the deadline, a second before that of the function', async () => {
    const calls: HttpCall[] = [];
    const before = Date.now();
    await invoke(
      async (request, call) => {
        calls.push(call);
        return hello(request, call);
      },
      createRestEvent(),
      60_000,
    );
    const after = Date.now();
    const deadlineMs = calls[0]?.deadlineMs ?? 0;
    expect(deadlineMs).toBeGreaterThanOrEqual(before + 59_000);
    expect(deadlineMs).toBeLessThanOrEqual(after + 59_000);
  });

  it('aborts at the deadline, and can still answer', async () => {
    const { prelude, body } = await invoke(
      async (_request, { signal }) => {
        const reason = await aborted(signal);
        return { status: 504, headers, body: reason instanceof GatewayError ? reason.code : 'other' };
      },
      createRestEvent(),
      1_010,
    );
    expect(prelude).toMatchObject({ statusCode: 504 });
    expect(body).toBe('deadline_exceeded');
  });

  describe('with a limit of its own for a request', () => {
    const tellReason: HttpHandler = async (_request, { signal }) => {
      const reason = await aborted(signal);
      return { status: 504, headers, body: reason instanceof GatewayError ? `${reason.code}: ${reason.message}` : '' };
    };
    const ask = async (totalTimeoutMs: number | undefined, remainingMs: number, handle = tellReason) => {
      const recorder = createResponseRecorder();
      const run = createHttpFunction(handle, { totalTimeoutMs });
      await run(createRestEvent(), recorder.stream, contextOf(remainingMs));
      await settle();
      return recorder.received().body;
    };

    it('aborts at that limit, and names it', async () => {
      expect(await ask(20, 60_000)).toBe('deadline_exceeded: The request took longer than 0.02 s in total');
    });

    it.each([60_000, undefined])('aborts at the deadline of the function when that comes first: %j', async (limit) => {
      expect(await ask(limit, 1_010)).toBe('deadline_exceeded: The function reached its deadline');
    });

    it('tells the handler the earlier one', async () => {
      const deadlines: number[] = [];
      const keepDeadline: HttpHandler = async (request, call) => {
        deadlines.push(call.deadlineMs);
        return hello(request, call);
      };
      const before = Date.now();
      await ask(5_000, 60_000, keepDeadline);
      const after = Date.now();
      expect(deadlines[0]).toBeGreaterThanOrEqual(before + 5_000);
      expect(deadlines[0]).toBeLessThanOrEqual(after + 5_000);
    });
  });

  it('aborts a stream at the deadline, and can still end it', async () => {
    const { body, isEnded } = await invoke(
      async (_request, { signal }) => ({
        status: 200,
        headers,
        body: (async function* () {
          yield 'first ';
          const reason = await aborted(signal);
          yield reason instanceof GatewayError ? reason.code : 'other';
        })(),
      }),
      createRestEvent(),
      1_010,
    );
    expect([body, isEnded]).toEqual(['first deadline_exceeded', true]);
  });

  it('ends at the deadline even if nothing of its response can leave', async () => {
    const recorder = createResponseRecorder({ isHeld: true });
    let isClosed = false;
    const handle: HttpHandler = async () => ({
      status: 200,
      headers,
      body: (async function* () {
        try {
          yield 'x'.repeat(70_000);
        } finally {
          isClosed = true;
        }
      })(),
    });
    await createHttpFunction(handle)(createRestEvent(), recorder.stream, contextOf(1_010));
    expect(isClosed).toBe(true);
  });

  it('aborts at once when there is no time left', async () => {
    const { body } = await invoke(
      async (_request, { signal }) => {
        await aborted(signal);
        return { status: 504, headers, body: 'late' };
      },
      createRestEvent(),
      10,
    );
    expect(body).toBe('late');
  });

  it.each([true, false])('aborts when the caller leaves, streaming: %p', async (isStream) => {
    const recorder = createResponseRecorder();
    const reasons: unknown[] = [];
    const handle: HttpHandler = async (_request, { signal }) => {
      if (!isStream) reasons.push(await aborted(signal));
      const body = (async function* () {
        yield 'first';
        reasons.push(await aborted(signal));
        yield 'too late';
      })();
      return { status: 200, headers, body: isStream ? body : '' };
    };
    const running = createHttpFunction(handle)(createRestEvent(), recorder.stream, contextOf(60_000));
    await settle();
    recorder.destroy();
    await running;
    expect(reasons).toEqual([expect.objectContaining({ code: 'client_disconnected' })]);
    expect(recorder.received().body).toBe(isStream ? 'first' : '');
  });

  it('aborts nothing while it answers in time', async () => {
    let signal: AbortSignal | undefined;
    let wasAborted: boolean | undefined;
    await invoke(async (_request, call) => {
      signal = call.signal;
      return {
        status: 200,
        headers,
        body: (async function* () {
          yield 'a';
          await settle();
          wasAborted = call.signal.aborted;
        })(),
      };
    });
    expect(signal).toBeDefined();
    expect(wasAborted).toBe(false);
  });

  it('leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await invoke(hello);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
