// The AWS emulation of the local run: an HTTP server that the real AWS SDK calls through AWS_ENDPOINT_URL.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatFailure } from '../function-failure.ts';
import { listenLocally, stopServer } from '../http-server.ts';
import { readBody } from '../read-body.ts';
import { formatJsonError } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsRequest, AwsResponse, AwsService } from './aws-service.ts';
import { createDynamoDb } from './dynamodb.ts';
import { createServiceFaults } from './service-faults.ts';
import type { ServiceFaults } from './service-faults.ts';
import { createLambda } from './lambda.ts';
import type { LocalFunction } from './lambda.ts';
import { createS3 } from './s3.ts';
import { createSecretsManager } from './secrets-manager.ts';
import { createSqs } from './sqs.ts';

export interface AwsEmulationOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The functions that Lambda Invoke can call, by name. The map is read at each call. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /** Default: us-east-1. */
  readonly region?: string;
  /** Receives a line for each function that failed. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface AwsEmulation extends Omit<ServiceFaults, 'strike'> {
  readonly url: string;
  /** The last 10,000 calls in the order received, including refused ones. */
  readonly calls: readonly RecordedCall[];
  close(): Promise<void>;
}

export interface RecordedCall {
  readonly service: string;
  readonly operation: string;
  /** The name of a secret, a function, a queue or a table as the caller wrote it, a bucket, or bucket/key. */
  readonly target: string;
}

/** Bounds the record of calls, because a poller of a queue never stops calling. */
const mostCalls = 10_000;
/** More than any call of these services can have, even with escapes in its JSON. It also limits the objects of S3. */
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Starts the emulation on 127.0.0.1. It checks no credentials and keeps everything in memory.
 * Rejects with the system's error when it cannot listen on the port.
 */
export async function startAwsEmulation(options: AwsEmulationOptions): Promise<AwsEmulation> {
  const { port, functions, region = 'us-east-1', log = console.error } = options;
  const services = [
    createSecretsManager({ region }),
    createLambda({ functions, region, log }),
    createSqs({ region }),
    createS3({ region }),
    createDynamoDb(),
  ];
  const calls: RecordedCall[] = [];
  const faults = createServiceFaults();

  /** Returns undefined for a request to another service. */
  const serve = async (
    service: AwsService,
    request: AwsRequest,
    signal: AbortSignal,
  ): Promise<AwsResponse | undefined> => {
    try {
      const call = service.recognise(request);
      if (call === undefined) return undefined;
      calls.push({ service: service.name, operation: call.operation, target: call.target });
      if (calls.length > mostCalls) calls.shift();
      await faults.strike(service, call.operation);
      return await call.perform(signal);
    } catch (error) {
      return service.formatError(toAwsError(error, log));
    }
  };
  const answer = async (incoming: IncomingMessage, signal: AbortSignal): Promise<AwsResponse> => {
    const body = await readBody(incoming, maxBodyBytes);
    if (body === undefined) throw new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413);
    const { method = '', headers, url: target = '' } = incoming;
    const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
    for (const service of services) {
      const answered = await serve(service, { method, path, query, headers, body }, signal);
      if (answered !== undefined) return answered;
    }
    throw new AwsError('UnknownOperationException', 'No emulated service has this operation.');
  };
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    answer(request, left.signal)
      .catch((error: unknown) => formatJsonError(toAwsError(error, log)))
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

function toAwsError(error: unknown, log: (line: string) => void): AwsError {
  if (error instanceof AwsError) return error;
  log(formatFailure('AWS emulation', error));
  return new AwsError('InternalFailure', 'The emulation failed.', 500);
}

function send(response: ServerResponse, { status, headers, body }: AwsResponse): void {
  // 204 means that there is no body. The answer to HEAD has the length of the body that GET would return.
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}
