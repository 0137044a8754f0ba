// Explains a failure to the user of the command.
import { BatchError } from './batch-error.ts';
import type { FailureExitCode } from './batch-error.ts';
import type { Place } from './connect.ts';

/** Explains what a failure means for the user. The explanation quotes neither lines nor keys. */
export function explainFailure(error: unknown, { stage, endpoint }: Place): string {
  if (error instanceof BatchError) return error.message;
  const { name, message, code, path } = describe(error);
  // An error of the file system, which names the file.
  if (path !== undefined) return message;
  if (unreachable.test(code ?? '') || name === 'TimeoutError') {
    if (stage === undefined) return `No local run answers at ${endpoint}; start it with "npm start"`;
    return `${endpoint ?? 'AWS'} cannot be reached (${code ?? name})`;
  }
  if (message === 'Region is missing') return 'No AWS region is set: set AWS_REGION to that of the stage';
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return `No AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${message})`;
  }
  if (/^Expired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/.test(name)) {
    return `AWS does not accept these credentials: ${name}: ${message}`;
  }
  if (/AccessDenied|AccessDeniedException|AuthorizationError/.test(name))
    return `These credentials lack a permission: ${message}`;
  return `${name}: ${message}`;
}

/** A file that cannot be opened counts as a wrong argument. After any other failure the same command can go on. */
export function findExitCode(error: unknown): FailureExitCode {
  if (error instanceof BatchError) return error.exitCode;
  return describe(error).path === undefined ? 1 : 2;
}

const unreachable = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)$/;

function describe(error: unknown) {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, path: undefined };
  const read = (key: string): string | undefined => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' ? value : undefined;
  };
  return { name: error.name, message: error.message, code: read('code'), path: read('path') };
}
