// An emulator of Lambda's Runtime API for one sandbox, as the runtime client calls it.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { listenLocally, stopServer } from '../../local/http-server.ts';
import { createInvocation } from './invocation.ts';
import type { Invocation, OpenInvocation, RuntimeError } from './invocation.ts';

export interface RuntimeApi {
  /** What `AWS_LAMBDA_RUNTIME_API` holds: host and port. */
  readonly address: string;
  /** Resolves when the runtime client asks for its first invocation; rejects with InitError when it cannot. */
  readonly initialised: Promise<void>;
  /** Hands an event to the runtime client as soon as it asks. One at a time is under way, the others wait. */
  invoke(event: unknown, timeoutMs: number): Invocation;
  /** Settles what has not been answered: the process has ended. */
  processEnded(): void;
  close(): Promise<void>;
}

export interface RuntimeApiOptions {
  readonly functionArn: string;
  /** Called when an invocation has reached its deadline: Lambda ends the sandbox then. */
  readonly onTimeout: () => void;
}

/** The function could not be loaded. */
export class InitError extends Error {
  override readonly name = 'InitError';
  readonly errorType: string;

  constructor({ errorType, errorMessage }: RuntimeError) {
    super(`${errorType}: ${errorMessage}`);
    this.errorType = errorType;
  }
}

/**
 * Starts the emulator on 127.0.0.1.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; the trailers are those of the runtime client.
 */
export async function startRuntimeApi({ functionArn, onTimeout }: RuntimeApiOptions): Promise<RuntimeApi> {
  const initialised = Promise.withResolvers<void>();
  // Who waits for it learns of the failure; nobody has to.
  initialised.promise.catch(() => undefined);
  const waiting: OpenInvocation[] = [];
  const open = new Map<string, OpenInvocation>();
  let idle: ServerResponse | undefined;

  const handOut = (): void => {
    const [invocation] = waiting;
    if (idle === undefined || invocation === undefined) return;
    waiting.shift();
    open.set(invocation.requestId, invocation);
    // The time a sandbox takes to start is not the invocation's.
    const deadline = setTimeout(() => {
      invocation.abandon('timed out');
      onTimeout();
    }, invocation.timeoutMs);
    void invocation.outcome.then(() => clearTimeout(deadline));
    idle.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + invocation.timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': functionArn,
      'Lambda-Runtime-Trace-Id': 'Root=1-65a1b2c3-000000000000000000000001;Parent=0000000000000001;Sampled=0',
    });
    idle.end(invocation.event);
    idle = undefined;
  };

  const takeAnswer = async (request: IncomingMessage, invocation: OpenInvocation, kind: string): Promise<void> => {
    if (request.headers['lambda-runtime-function-response-mode'] === 'streaming') return invocation.takeStream(request);
    invocation.begin();
    const value: unknown = JSON.parse(await readText(request));
    invocation.settle(
      kind === 'error' ? { how: 'failed', error: value as RuntimeError } : { how: 'returned', payload: value },
    );
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [id, kind] = (request.url ?? '').replace('/2018-06-01/runtime/', '').split('/').slice(-2);
    if (kind === 'next') {
      idle = response;
      initialised.resolve();
      return handOut();
    }
    if (id === 'init') initialised.reject(new InitError(JSON.parse(await readText(request)) as RuntimeError));
    const invocation = open.get(id ?? '');
    if (invocation !== undefined) await takeAnswer(request, invocation, kind ?? '');
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error('The Runtime API emulator failed:', error);
      response.destroy();
    });
  });
  // A stream may take as long as its test.
  server.requestTimeout = 0;
  const url = await listenLocally(server, 0);
  return {
    address: new URL(url).host,
    initialised: initialised.promise,
    invoke: (event, timeoutMs) => {
      const invocation = createInvocation(randomUUID(), event, timeoutMs);
      waiting.push(invocation);
      handOut();
      return invocation;
    },
    processEnded: () => {
      initialised.reject(new InitError({ errorType: 'Runtime.ExitError', errorMessage: 'The process ended' }));
      for (const invocation of [...open.values(), ...waiting]) invocation.abandon('exited');
    },
    close: () => stopServer(server, 0),
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
