// The real SDK invokes local functions under Lambda's rules.
import {
  InvokeCommand,
  InvalidRequestContentException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import type { InvocationType, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalFunction } from '../../../local/aws-emulation/lambda.ts';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createLambdaClient } from './emulated-clients.ts';

const functions = new Map<string, LocalFunction>();
const lines: string[] = [];
let emulation: AwsEmulation;
let client: LambdaClient;

beforeAll(async () => {
  emulation = await startAwsEmulation({ port: 0, functions, log: (line) => void lines.push(line) });
  client = createLambdaClient(emulation.url);
});
afterAll(async () => {
  client.destroy();
  await emulation.close();
});
beforeEach(() => functions.clear());

function define(body: LocalFunction['invoke'], traits: Partial<LocalFunction> = {}): void {
  functions.set('f', { timeoutMs: 5_000, invoke: body, ...traits });
}

async function invoke(payload?: string, FunctionName = 'f', InvocationType?: InvocationType) {
  const Payload = payload === undefined ? {} : { Payload: payload };
  const command = new InvokeCommand({ FunctionName, InvocationType, ...Payload });
  const { StatusCode, FunctionError, Payload: result } = await client.send(command);
  return { StatusCode, FunctionError, payload: result?.transformToString() };
}

/** A function whose invocations wait until they are released. */
function defineHeld(traits: Partial<LocalFunction> = {}) {
  const gates: PromiseWithResolvers<void>[] = [];
  const entries: PromiseWithResolvers<unknown>[] = Array.from({ length: 3 }, () => Promise.withResolvers());
  let count = 0;
  define(async (payload) => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    entries[count++]?.resolve(payload);
    await gate.promise;
    return payload;
  }, traits);
  return {
    count: () => count,
    entered: (index: number) => entries[index]?.promise,
    release: (index: number) => gates[index]?.resolve(),
  };
}

it('passes the payload and returns the result', async () => {
  define(async (payload) => ({ got: payload }));
  expect(await invoke('{"a":1}')).toEqual({ StatusCode: 200, FunctionError: undefined, payload: '{"got":{"a":1}}' });
});

it('returns null for no result, and passes an empty object for no payload', async () => {
  const payloads: unknown[] = [];
  define(async (payload) => void payloads.push(payload));
  expect((await invoke()).payload).toBe('null');
  expect(payloads).toEqual([{}]);
});

it.each(['f', 'f:$LATEST', '000000000000:function:f', 'arn:aws:lambda:us-east-1:000000000000:function:f:live'])(
  'knows a function as %s',
  async (name) => {
    define(async () => 'called');
    expect((await invoke('{}', name)).payload).toBe('"called"');
  },
);

it('does not find an unknown function', async () => {
  await expect(invoke('{}', 'unknown')).rejects.toThrow(ResourceNotFoundException);
  await expect(invoke('{}', 'unknown')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

it('refuses a payload that is no JSON', async () => {
  define(async () => 'called');
  await expect(invoke('{')).rejects.toThrow(InvalidRequestContentException);
});

it.each([
  ['an error', new RangeError('too far'), { errorType: 'RangeError', errorMessage: 'too far' }],
  ['something else', 'text', { errorType: 'string', errorMessage: 'text' }],
])('answers a function that throws %s as unhandled', async (_title, thrown, described) => {
  define(() => Promise.reject(thrown));
  const { StatusCode, FunctionError, payload } = await invoke('{}');
  expect([StatusCode, FunctionError, JSON.parse(payload ?? '')]).toEqual([200, 'Unhandled', described]);
});

it('answers a function that exceeds its time limit as unhandled, and frees its place', async () => {
  let calls = 0;
  define(() => (calls++ === 0 ? new Promise(() => undefined) : Promise.resolve('next')), {
    timeoutMs: 30,
    reservedConcurrency: 1,
  });
  const { FunctionError, payload } = await invoke('{}');
  expect([FunctionError, JSON.parse(payload ?? '')]).toEqual([
    'Unhandled',
    { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 0.03 seconds' },
  ]);
  expect((await invoke('{}')).payload).toBe('"next"');
});

it('logs a failure without its message', async () => {
  lines.length = 0;
  define(() => Promise.reject(new Error('a secret')));
  await invoke('{}');
  expect(lines).toEqual([expect.stringMatching(/^f failed: Error/)]);
  expect(lines.join()).not.toContain('a secret');
});

it('refuses an invocation over the reserved concurrency, and takes one again afterwards', async () => {
  const held = defineHeld({ reservedConcurrency: 1 });
  const first = invoke('1');
  await held.entered(0);
  const refused = invoke('2');
  await expect(refused).rejects.toThrow(TooManyRequestsException);
  await expect(refused).rejects.toMatchObject({
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
  held.release(0);
  expect((await first).payload).toBe('1');
  const next = invoke('3');
  expect(await held.entered(1)).toBe(3);
  held.release(1);
  expect((await next).payload).toBe('3');
});

it('runs invocations side by side without a reserved concurrency', async () => {
  const held = defineHeld();
  const both = Promise.all([invoke('1'), invoke('2')]);
  await Promise.all([held.entered(0), held.entered(1)]);
  held.release(0);
  held.release(1);
  expect((await both).map(({ payload }) => payload)).toEqual(['1', '2']);
});

it('accepts asynchronous invocations at once and runs them in turn', async () => {
  const held = defineHeld({ reservedConcurrency: 1 });
  expect(await invoke('1', 'f', 'Event')).toMatchObject({ StatusCode: 202, payload: undefined });
  expect((await invoke('2', 'f', 'Event')).StatusCode).toBe(202);
  expect(await held.entered(0)).toBe(1);
  expect(held.count()).toBe(1);
  held.release(0);
  expect(await held.entered(1)).toBe(2);
  held.release(1);
});

it('does not run a dry run', async () => {
  define(() => Promise.reject(new Error('must not be called')));
  expect(await invoke('{}', 'f', 'DryRun')).toMatchObject({ StatusCode: 204, FunctionError: undefined });
});
