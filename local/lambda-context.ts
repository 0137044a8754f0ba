// The context object that the Node.js runtime passes to a handler.
import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

export interface FunctionIdentity {
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Default: us-east-1. */
  readonly region?: string;
}

/** The account that the local run pretends to be. */
export const localAccountId = '000000000000';

/** The name of the log stream. A sandbox has one, named after the day on which it was started. */
const logStreamName = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]local`;

/** The ARN of a function of the local run. */
export function functionArn(functionName: string, region: string): string {
  return `arn:aws:lambda:${region}:${localAccountId}:function:${functionName}`;
}

/**
 * Creates the context of one invocation. The remaining time counts down from now. The callback-style members of the
 * declared type do not exist in the runtime of Node.js 24, and not here either.
 */
export function createLambdaContext(identity: FunctionIdentity, now: () => number = Date.now): Context {
  const { functionName, timeoutMs, region = 'us-east-1' } = identity;
  const deadlineMs = now() + timeoutMs;
  const context: Pick<Context, 'getRemainingTimeInMillis'> & Partial<Context> = {
    awsRequestId: randomUUID(),
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(functionName, region),
    memoryLimitInMB: '1024',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName,
    getRemainingTimeInMillis: () => deadlineMs - now(),
  };
  return context as Context;
}
