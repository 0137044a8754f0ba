// The gateway's clients, read from their secret.
import { hash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { userIdPrefix } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import { highestLimit } from '../core/limits.ts';
import { lazy } from '../core/lazy.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';
import { createSharedWork } from '../core/shared-work.ts';

/** A client of the gateway. */
export interface Client extends Caller {
  readonly secret: string;
}

export interface ClientRegistry {
  /**
   * Undefined when there is no such client.
   *
   * @param signal The waiting request's signal: when it aborts, this call rejects with its reason.
   * A read that others share goes on.
   * @throws GatewayError when no list has been read yet: `service_unavailable` (503) if the secret cannot be read,
   * `internal_error` if it is absent or malformed.
   */
  find(id: string, signal: AbortSignal): Promise<Client | undefined>;
  /** Finds the client that has this secret; waits and throws as {@link find} does. */
  findBySecret(secret: string, signal: AbortSignal): Promise<Client | undefined>;
}

/** The longest id of a client, in bytes: 512 characters in the base64url of an access_token. */
export const longestClientIdBytes = 384;

const createLimit = () => z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(highestLimit)));

/** What the clients secret holds. */
export const clientsSchema = lazy(() =>
  z.array(
    z.object({
      id: z.string().check(
        z.minLength(1),
        z.refine((id) => Buffer.byteLength(id) <= longestClientIdBytes),
        z.refine((id) => !id.startsWith(userIdPrefix)),
      ),
      secret: z.string().check(z.minLength(1)),
      models: z.optional(z.array(z.string())),
      limits: z.optional(z.object({ requests_per_minute: createLimit(), tokens_per_day: createLimit() })),
    }),
  ),
);

/** How long a sandbox uses the list it has read. A revoked client is refused after this time at the latest. */
const lifetimeMs = 60_000;
/** The time limits of the first read and of later ones, after which the old list goes on serving. Requests share a read. */
const readTimeoutMs = 10_000;
const rereadTimeoutMs = 3_000;
/** What `Retry-After` says while the clients cannot be read. Each new request reads the secret again. */
const retryAfterSeconds = 2;

/** Says why the clients secret cannot be used. The reason is a code, because logs leave out the messages of errors. */
class ClientsSecretError extends Error {
  override readonly name = 'ClientsSecretError';
  readonly code: string;

  constructor(code: string) {
    super('the clients secret does not hold a JSON array of client records');
    this.code = code;
  }
}

export interface ClientRegistryOptions {
  readonly secrets: SecretStore;
  readonly secretId: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reads the clients from a secret, a JSON array of `{"id", "secret", "models"?, "limits"?}`, at most once a minute.
 * Requests that come during a read wait for that one. When a later read fails, the old list goes on serving. Of two
 * records with the same id, the last one counts.
 */
export function createClientRegistry({ secrets, secretId, clock, log }: ClientRegistryOptions): ClientRegistry {
  let clients: ReadonlyMap<string, Client> | undefined;
  let secretDigests: readonly (readonly [digest: Buffer, client: Client])[] = [];
  let version: string | undefined;
  let readAtMs = 0;
  const reading = createSharedWork<void>();

  const read = async (signal: AbortSignal): Promise<void> => {
    const timeout = AbortSignal.timeout(clients === undefined ? readTimeoutMs : rereadTimeoutMs);
    const secret = await secrets.read(secretId, AbortSignal.any([signal, timeout]));
    // A read that was given up may still end, after a newer list has been stored.
    signal.throwIfAborted();
    const records = parseClients(secret);
    clients = new Map(records.map((client) => [client.id, client]));
    secretDigests = [...clients.values()].map((client) => [digest(client.secret), client]);
    if (secret?.version === version) return;
    version = secret?.version;
    for (const [id, { length }] of Map.groupBy(records, (client) => client.id)) {
      if (length > 1) log('warn', 'clients secret has an id twice, the last record counts', { client_id: id });
    }
  };

  const refresh = async (signal: AbortSignal): Promise<void> => {
    try {
      await read(signal);
    } catch (error) {
      if (signal.aborted || clients === undefined) throw explain(error);
      log('warn', 'clients secret could not be read again', { cause: describeError(error) });
    }
    readAtMs = clock.now();
  };

  const readCurrent = async (signal: AbortSignal): Promise<ReadonlyMap<string, Client>> => {
    if (clients === undefined || clock.now() - readAtMs >= lifetimeMs) await reading.join(signal, refresh);
    return clients ?? new Map();
  };

  return {
    find: async (id, signal) => (await readCurrent(signal)).get(id),
    // Every client is compared, so that the time it takes reveals nothing about the secrets.
    findBySecret: async (secret, signal) => {
      await readCurrent(signal);
      const given = digest(secret);
      return secretDigests.filter(([expected]) => timingSafeEqual(given, expected))[0]?.[1];
    },
  };
}

function parseClients(secret: StoredSecret | undefined): readonly Client[] {
  if (secret === undefined) throw new ClientsSecretError('clients_secret_absent');
  if (!Array.isArray(secret.value)) throw new ClientsSecretError('clients_secret_not_a_list');
  const parsed = clientsSchema().safeParse(secret.value);
  if (parsed.success) return parsed.data;
  // The path consists of indexes and names of our own fields, so it reveals nothing that the secret holds.
  const place = parsed.error.issues[0]?.path.map(String).join('.');
  throw new ClientsSecretError(`clients_secret_invalid_record:${place}`);
}

/** A malformed secret needs the operator (500); one that could not be read may be readable a moment later (503). */
function explain(error: unknown): GatewayError {
  return error instanceof ClientsSecretError
    ? new GatewayError('internal_error', 'The clients of the gateway are not set up', { cause: error })
    : new GatewayError('service_unavailable', 'The clients of the gateway cannot be read at the moment', {
        cause: error,
        retryAfterSeconds,
      });
}

/** Compares digests in constant time, so that the time reveals neither content nor length. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
