// The AWS emulation of the local run: an HTTP server that the real AWS SDK calls through AWS_ENDPOINT_URL.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatFailure } from '../function-failure.ts';
import { listenLocally, stopServer } from '../http-server.ts';
import { readBody } from '../read-body.ts';
import { AwsError } from './aws-service.ts';
import type { AwsCall, AwsRequest, AwsResponse, AwsService } from './aws-service.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createLambda } from './lambda.ts';
import type { LocalFunction } from './lambda.ts';
import { createSecretsManager } from './secrets-manager.ts';

export interface AwsEmulationOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The functions that Lambda Invoke reaches, by name. It is looked up at each call. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /** Default: us-east-1. */
  readonly region?: string;
  /** Told of functions that failed. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface AwsEmulation extends Omit<Faults, 'strike'> {
  readonly url: string;
  /** Every call received, in order, refused ones included. */
  readonly calls: readonly RecordedCall[];
  close(): Promise<void>;
}

export interface RecordedCall {
  readonly service: string;
  readonly operation: string;
  /** A secret's or a function's name as the caller wrote it. */
  readonly target: string;
}

/** More than any request of the emulated services may hold. */
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Starts the emulation on 127.0.0.1. It checks no credentials and keeps everything in memory.
 * Rejects with the system's error when the port cannot be had.
 */
export async function startAwsEmulation(options: AwsEmulationOptions): Promise<AwsEmulation> {
  const { port, functions, region = 'us-east-1', log = console.error } = options;
  const services = [createSecretsManager({ region }), createLambda({ functions, region, log })];
  const calls: RecordedCall[] = [];
  const faults = createFaults();

  const answer = async (request: IncomingMessage): Promise<AwsResponse> => {
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) throw new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413);
    const { method = '', headers, url: target = '' } = request;
    const { service, call } = route(services, { method, path: target.split('?', 1)[0] ?? '', headers, body });
    calls.push({ service: service.name, operation: call.operation, target: call.target });
    await faults.strike(service, call.operation);
    return call.perform();
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => toErrorResponse(error, log))
      .then((answered) => send(response, answered))
      .catch((error: unknown) => log(formatFailure('AWS emulation', error)));
  });
  const url = await listenLocally(server, port);
  return {
    url,
    calls,
    throttleNext: (operation, times) => faults.throttleNext(operation, times),
    delayNext: (operation, until) => faults.delayNext(operation, until),
    close: () => stopServer(server, 0),
  };
}

function route(services: readonly AwsService[], request: AwsRequest): { service: AwsService; call: AwsCall } {
  for (const service of services) {
    const call = service.recognise(request);
    if (call !== undefined) return { service, call };
  }
  throw new AwsError('UnknownOperationException', 'No emulated service has this operation.');
}

function toErrorResponse(error: unknown, log: (line: string) => void): AwsResponse {
  if (!(error instanceof AwsError)) {
    log(formatFailure('AWS emulation', error));
    return toErrorResponse(new AwsError('InternalFailure', 'The emulation failed.', 500), log);
  }
  const { type, status, members, message } = error;
  // JSON protocols name the type in the body, REST protocols in the header; clients of either ignore the other's.
  const headers = { 'Content-Type': 'application/json', 'X-Amzn-ErrorType': type };
  return { status, headers, body: JSON.stringify({ __type: type, ...members, Message: message }) };
}

function send(response: ServerResponse, { status, headers, body }: AwsResponse): void {
  response.writeHead(status, headers).end(body);
}
