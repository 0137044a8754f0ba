// A streaming handler behind the HTTP host, closed after each test.
import type { APIGatewayProxyEvent, StreamifyHandler } from 'aws-lambda';
import { startHttpHost } from '../../local/http-host.ts';
import type { HttpHost, HttpHostOptions } from '../../local/http-host.ts';
import { installLambdaRuntime } from '../../local/lambda-runtime.ts';

installLambdaRuntime();

export type HostedHandler = StreamifyHandler<APIGatewayProxyEvent>;

export interface Hosted {
  readonly url: string;
  /** What the host logged. */
  readonly lines: readonly string[];
  /** Closes the host; the end of the test does so too. */
  readonly close: () => Promise<void>;
}

export const getRequest = ['GET / HTTP/1.1', 'Host: local'];

const hosts = new Set<HttpHost>();

afterEach(async () => {
  for (const host of hosts) await host.close();
  hosts.clear();
});

export async function serve(handler: HostedHandler, options: Partial<HttpHostOptions> = {}): Promise<Hosted> {
  const lines: string[] = [];
  const host = await startHttpHost({
    port: 0,
    timeoutMs: 5_000,
    functionName: 'served',
    log: (line) => void lines.push(line),
    handler: awslambda.streamifyResponse(handler),
    ...options,
  });
  hosts.add(host);
  return {
    url: host.url,
    lines,
    close: () => {
      hosts.delete(host);
      return host.close();
    },
  };
}

/** Gives the response its metadata. */
export function start(stream: awslambda.HttpResponseStream, metadata: Record<string, unknown> = {}) {
  return awslambda.HttpResponseStream.from(stream, { statusCode: 200, ...metadata });
}
