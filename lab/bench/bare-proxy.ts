// The minimum that a gateway on node:http does: it reads a request, forwards it, and copies the answer back unread.
//
// Measured beside the others, it shows how much of their cost is Node.js's own, and what can be reached at best.
import http from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Creates the proxy. Errors end the connection to the caller. */
export function createBareProxy(upstreamUrl: string): Server {
  const { hostname, port } = new URL(upstreamUrl);
  const agent = new http.Agent({ keepAlive: true });

  const forward = (incoming: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const outgoing = http.request(
      {
        method: incoming.method,
        hostname,
        port,
        path: incoming.url,
        agent,
        headers: { 'Content-Type': incoming.headers['content-type'], 'Content-Length': body.length },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, { 'Content-Type': answer.headers['content-type'] });
        answer.on('data', (part: Buffer) => response.write(part));
        answer.on('end', () => response.end());
        answer.on('error', () => response.destroy());
      },
    );
    outgoing.on('error', () => response.destroy());
    outgoing.end(body);
  };

  return http.createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => forward(incoming, Buffer.concat(parts), response));
  });
}
