import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createClientRegistry } from '../../../lib/access/clients.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { createSecretList } from '../../doubles/create-secret-list.ts';

const origin = 'https://app.example';
const list = [
  { id: 'demo', secret: 'demo-secret' },
  { id: 'demo-2', secret: 'demo-secret-2' },
  { id: 'web', secret: 'web-secret' },
];

function authenticate(headers: Readonly<Record<string, string>>, anonymousClientId?: string) {
  const clock = createFakeClock();
  const clients = createClientRegistry({
    secrets: createSecretList({ clients: list }),
    secretId: 'clients',
    clock,
    log: createLogRecorder().log,
  });
  const authenticator = createAuthenticator({ clients, cors: createCors([origin]), anonymousClientId, clock });
  const request = { ...createHttpRequest({ method: 'POST' }), headers };
  return authenticator.authenticateBearer(request, new AbortController().signal);
}

describe('authenticateBearer', () => {
  it.each([
    ['Bearer demo-secret', 'demo'],
    ['Bearer demo-secret-2', 'demo-2'],
    ['bearer   web-secret', 'web'],
  ])('takes %j for %s', async (authorization, id) => {
    await expect(authenticate({ authorization })).resolves.toMatchObject({ id });
  });

  it.each(['Bearer demo-secre', 'Bearer demo-secret-3', 'Bearer DEMO-SECRET', 'Bearer demo', 'Bearer __proto__'])(
    'refuses %j, and does not repeat it',
    async (authorization) => {
      await expect(authenticate({ authorization })).rejects.toMatchObject({
        code: 'invalid_api_key',
        status: 401,
        message: 'The key is not valid',
      });
    },
  );

  it.each(['', 'Bearer', 'Bearer ', 'Bearer a b', 'demo-secret', 'Basic ZGVtbw==', 'bce-auth-v1/demo/x'])(
    'says how a key is given in place of %j',
    async (authorization) => {
      await expect(authenticate({ authorization, origin }, 'web')).rejects.toMatchObject({
        code: 'invalid_api_key',
        message: 'Give the key as "Authorization: Bearer <key>"',
      });
    },
  );

  it('takes a page without a key for the client that is configured for it', async () => {
    await expect(authenticate({ origin }, 'web')).resolves.toMatchObject({ id: 'web' });
  });

  it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['of another origin', { origin: 'https://other.example' }, 'web'],
    ['of no origin', {}, 'web'],
    ['when no client is configured', { origin }, undefined],
    ['when the client does not exist', { origin }, 'gone'],
    ['with a wrong key', { origin, authorization: 'Bearer wrong' }, 'web'],
  ])('refuses a page %s', async (_name, headers, anonymousClientId) => {
    await expect(authenticate(headers, anonymousClientId)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });
});
