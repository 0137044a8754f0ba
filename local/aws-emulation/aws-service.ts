// The shape of an emulated AWS service, and of the errors it answers with.
import type { IncomingHttpHeaders } from 'node:http';

export interface AwsRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** What follows the question mark; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A request that a service has recognised as its own. */
export interface AwsCall {
  /** The operation's name in the API reference, e.g. `GetSecretValue`. */
  readonly operation: string;
  /**
   * The resource that is called: the name of a secret, a function or a queue as the caller wrote it, a bucket, or
   * bucket/key. Empty if the call names none.
   */
  readonly target: string;
  /**
   * Throws AwsError.
   *
   * @param signal Aborts when the client has left or the emulation has closed, so that nobody waits for the answer.
   */
  perform(signal: AbortSignal): AwsResponse | Promise<AwsResponse>;
}

export interface AwsService {
  readonly name: string;
  /** Returns undefined for a request to another service. Throws AwsError for a request that cannot be read. */
  recognise(request: AwsRequest): AwsCall | undefined;
  /** Creates the error that the service answers with when it is called too often. */
  createThrottlingError(): AwsError;
  /** Writes an error in the service's protocol. */
  formatError(error: AwsError): AwsResponse;
}

/** An error as AWS answers it: its type, an HTTP status, and for some types further members. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly type: string;
  readonly status: number;
  readonly members: Readonly<Record<string, string>>;

  constructor(type: string, message: string, status = 400, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.members = members;
  }
}
