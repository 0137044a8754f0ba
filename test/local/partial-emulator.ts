// An emulator of somebody else, which serves only some of AWS.
import { createServer } from 'node:http';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import { listenLocally, stopServer } from '../../local/http-server.ts';
import { readBody } from '../../local/read-body.ts';

export interface PartialEmulator {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves what our emulation does, but for these services. */
export async function startPartialEmulator(
  ...missing: readonly ('sqs' | 's3' | 'dynamodb')[]
): Promise<PartialEmulator> {
  const emulation = await startAwsEmulation({ port: 0, functions: new Map() });
  const server = createServer((request, response) => {
    const { method = '', headers, url = '' } = request;
    // The scope of the signature names the service.
    if (missing.some((service) => headers.authorization?.includes(`/${service}/aws4_request`))) {
      request.resume();
      response.writeHead(501, { 'Content-Type': 'text/html' }).end('<p>Not served</p>');
      return;
    }
    const pass = async (): Promise<void> => {
      const body = (await readBody(request, 1_048_576)) ?? Buffer.alloc(0);
      const entries = Object.entries(headers).filter(
        ([name]) => !['host', 'connection', 'content-length'].includes(name),
      );
      const answer = await fetch(`${emulation.url}${url}`, {
        method,
        headers: entries.map(([name, value]) => [name, String(value)] as [string, string]),
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      });
      const text = await answer.text();
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(method === 'HEAD' ? undefined : text);
    };
    pass().catch(() => response.destroy());
  });
  return {
    url: await listenLocally(server, 0),
    close: async () => {
      await stopServer(server, 0);
      await emulation.close();
    },
  };
}
