// Starts and stops the HTTP servers of the local run.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than clients keep an idle connection, so that the server never closes it first. */
const keepAliveTimeoutMs = 75_000;

/**
 * Listens on 127.0.0.1 and returns the base URL, without a trailing slash. Port 0 takes any free port.
 * Rejects with the system's error, e.g. code EADDRINUSE.
 */
export async function listenLocally(server: Server, port: number): Promise<string> {
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * Stops listening and ends idle connections. Connections of requests that still run after `graceMs` are closed; with 0, at once.
 */
export async function stopServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
