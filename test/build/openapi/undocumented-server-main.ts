// A server that is no gateway: it answers what docs/openapi.json does not say, if it is asked to.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const isDocumented = request.headers['x-documented'] === 'yes';
  response.writeHead(200, { 'Content-Type': 'application/json', 'X-Request-Id': 'request-1' });
  response.write('{"status":"ok","upstreams":{}');
  response.end(isDocumented ? '}' : ',"mood":"fine"}');
});
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`));
