// A ClientRegistry that holds the clients it is given.
import type { Client, ClientRegistry } from '../../lib/access/clients.ts';

export function createClientList(...clients: readonly Client[]): ClientRegistry {
  return {
    find: async (id) => clients.find((client) => client.id === id),
    findBySecret: async (secret) => clients.find((client) => client.secret === secret),
  };
}
