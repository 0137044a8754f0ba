import { createSecretTokenStore } from '../../../lib/token/secret-token-store.ts';
import { createSecretList } from '../../doubles/create-secret-list.ts';

const { signal } = new AbortController();

describe('createSecretTokenStore', () => {
  it('reads back the token it wrote, with the version of the secret', async () => {
    const store = createSecretTokenStore(createSecretList(), 'token');
    const version = await store.write({ value: '24.a', expiresAtMs: 1_999_999_999_000 });
    expect(await store.read(signal)).toEqual({ value: '24.a', expiresAtMs: 1_999_999_999_000, version });
  });

  it('writes the fields of the documented secret, the expiry in whole seconds', async () => {
    const secrets = createSecretList();
    await createSecretTokenStore(secrets, 'token').write({ value: '24.a', expiresAtMs: 1_999_999_999_999 });
    expect(await secrets.read('token', signal)).toMatchObject({
      value: { access_token: '24.a', expires_at: 1_999_999_999 },
    });
  });

  it.each([
    ['no secret', {}],
    ['no value', { token: undefined }],
    ['a placeholder', { token: {} }],
    ['an empty token', { token: { access_token: '', expires_at: 1 } }],
    ['a token without an expiry', { token: { access_token: 'a' } }],
    ['an expiry of another type', { token: { access_token: 'a', expires_at: 'soon' } }],
  ])('takes %s for empty', async (_name, secrets) => {
    expect(await createSecretTokenStore(createSecretList(secrets), 'token').read(signal)).toBeUndefined();
  });
});
