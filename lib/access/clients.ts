// The gateway's clients, as their secret lists them.
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
   * @throws GatewayError when there is no list to go by: `service_unavailable` (503) when the secret cannot be read,
   * `internal_error` when it is absent or malformed.
   */
  find(id: string, signal: AbortSignal): Promise<Client | undefined>;
  /** The client whose secret it is; waits and throws as {@link find} does. */
  findBySecret(secret: string, signal: AbortSignal): Promise<Client | undefined>;
}

/** The longest id, in bytes, whose access_token still fits its form. */
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

/** How long a sandbox goes on with the list it has read: a revoked client is out after this time. */
const lifetimeMs = 60_000;
/** Bounds the read that concurrent requests share; the second, where a list at hand can serve instead. */
const readTimeoutMs = 10_000;
const rereadTimeoutMs = 3_000;
/** Every request tries again; those that are sent again need not all come at once. */
const retryAfterSeconds = 2;

/** Why the clients secret is no list to go by, as a code, for a log shows no messages. */
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
 * Reads the clients from a secret, a JSON array of `{"id", "secret", "models"?, "limits"?}`, at most once a minute, and once
 * for all who ask at the same time. When the secret cannot be read again, the list at hand goes on serving. Of two records
 * with one id, the last counts.
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
    // What was given up may end late, when a newer list is at hand.
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
    // Every client is compared, so that the time taken does not tell whose secret was nearly right.
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
  // The path has indexes and the names of our own fields: nothing of what the secret holds.
  const place = parsed.error.issues[0]?.path.map(String).join('.');
  throw new ClientsSecretError(`clients_secret_invalid_record:${place}`);
}

/** A wrong secret stays wrong; one that could not be read may be read a moment later. */
function explain(error: unknown): GatewayError {
  return error instanceof ClientsSecretError
    ? new GatewayError('internal_error', 'The clients of the gateway are not set up', { cause: error })
    : new GatewayError('service_unavailable', 'The clients of the gateway cannot be read at the moment', {
        cause: error,
        retryAfterSeconds,
      });
}

/** Compares digests, so that neither content nor length shows in the time taken. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
