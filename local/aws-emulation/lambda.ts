// Emulates Lambda Invoke for our own functions, with Lambda's limits on concurrency and time.
import { randomUUID } from 'node:crypto';
import { describeFailure, formatFailure } from '../function-failure.ts';
import { withFunctionTimeout } from '../function-timeout.ts';
import { functionArn } from '../lambda-context.ts';
import { formatJsonError } from './aws-json.ts';
import { AwsError } from './aws-service.ts';
import type { AwsRequest, AwsResponse, AwsService } from './aws-service.ts';

export interface LocalFunction {
  invoke(payload: unknown): Promise<unknown>;
  /** The most invocations at a time. Default: no limit. */
  readonly reservedConcurrency?: number;
  readonly timeoutMs: number;
}

export interface LambdaOptions {
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly region: string;
  /** Receives a line for each function that failed. */
  readonly log: (line: string) => void;
}

const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * Creates the service. Synchronous invocations (`RequestResponse`) above a function's reserved concurrency are refused,
 * not queued. Asynchronous ones (`Event`) wait their turn, as in Lambda's own queue, but are not retried when they fail.
 * For a function that failed, the answer has the header `X-Amz-Function-Error: Unhandled`.
 * Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export function createLambda({ functions, region, log }: LambdaOptions): AwsService {
  const running = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();

  const hasRoom = (name: string, { reservedConcurrency = Infinity }: LocalFunction): boolean =>
    (running.get(name) ?? 0) < reservedConcurrency;
  const run = async (name: string, local: LocalFunction, payload: unknown): Promise<AwsResponse> => {
    running.set(name, (running.get(name) ?? 0) + 1);
    try {
      const invoke = async (): Promise<unknown> => local.invoke(payload);
      return succeed(await withFunctionTimeout(invoke(), local.timeoutMs));
    } catch (error) {
      log(formatFailure(name, error));
      return {
        ...succeed(describeFailure(error)),
        headers: { ...invokeHeaders(), 'X-Amz-Function-Error': 'Unhandled' },
      };
    } finally {
      running.set(name, (running.get(name) ?? 1) - 1);
      waiting.get(name)?.shift()?.();
    }
  };
  const enqueue = (name: string, local: LocalFunction, payload: unknown): void => {
    if (hasRoom(name, local)) void run(name, local, payload);
    else waiting.set(name, [...(waiting.get(name) ?? []), () => enqueue(name, local, payload)]);
  };
  const invoke = async (name: string, { headers, body }: AwsRequest): Promise<AwsResponse> => {
    const local = functions.get(name);
    if (local === undefined) throw functionNotFound(functionArn(name, region));
    const payload = parsePayload(body);
    switch (headers['x-amz-invocation-type'] ?? 'RequestResponse') {
      case 'RequestResponse':
        if (!hasRoom(name, local)) throw concurrencyExceeded();
        return run(name, local, payload);
      case 'Event':
        enqueue(name, local, payload);
        return { status: 202, headers: invokeHeaders(), body: '' };
      case 'DryRun':
        return { status: 204, headers: invokeHeaders(), body: '' };
      default:
        throw new AwsError('InvalidParameterValueException', 'InvocationType is not a known type.');
    }
  };
  return {
    name: 'lambda',
    recognise: (request) => {
      const target = decodeURIComponent(invocationPath.exec(request.path)?.[1] ?? '');
      if (target === '' || request.method !== 'POST') return undefined;
      return { operation: 'Invoke', target, perform: () => invoke(toFunctionName(target), request) };
    },
    createThrottlingError: () => tooManyRequests('CallerRateLimitExceeded'),
    formatError: formatJsonError,
  };
}

/** Returns the name of a function that is given by name, partial ARN or whole ARN, with or without a qualifier. */
function toFunctionName(target: string): string {
  const [name = ''] = target.replace(/^.*?function:/, '').split(':');
  return name;
}

function parsePayload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.');
  }
}

function invokeHeaders(): Record<string, string> {
  return { 'Content-Type': 'application/json', 'X-Amzn-RequestId': randomUUID(), 'X-Amz-Executed-Version': '$LATEST' };
}

function succeed(result: unknown): AwsResponse {
  return { status: 200, headers: invokeHeaders(), body: JSON.stringify(result ?? null) };
}

function functionNotFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });
}

function concurrencyExceeded(): AwsError {
  return tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded');
}

function tooManyRequests(reason: string): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Type: 'User', Reason: reason });
}
