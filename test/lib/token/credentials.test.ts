import { readIamKeys, readOauthKeys } from '../../../lib/token/credentials.ts';
import { createSecretList } from '../../doubles/create-secret-list.ts';

const { signal } = new AbortController();
const secrets = createSecretList({
  both: { QIANFAN_AK: 'ak', QIANFAN_SK: 'sk', QIANFAN_ACCESS_KEY: 'iam-ak', QIANFAN_SECRET_KEY: 'iam-sk' },
  half: { QIANFAN_AK: 'canary', QIANFAN_ACCESS_KEY: 'canary', QIANFAN_SECRET_KEY: '' },
  text: undefined,
});

it('reads each pair of keys under the names of the SDKs', async () => {
  expect(await readOauthKeys(secrets, 'both', signal)).toEqual({ apiKey: 'ak', secretKey: 'sk' });
  expect(await readIamKeys(secrets, 'both', signal)).toEqual({ accessKey: 'iam-ak', secretKey: 'iam-sk' });
});

it.each(['half', 'text', 'missing'])(
  'says which keys the secret lacks, and not what it holds: %s',
  async (secretId) => {
    await expect(readOauthKeys(secrets, secretId, signal)).rejects.toMatchObject({
      code: 'service_token_failed',
      message: 'The credentials secret must be a JSON object with QIANFAN_AK and QIANFAN_SK',
    });
    await expect(readIamKeys(secrets, secretId, signal)).rejects.toMatchObject({
      code: 'service_token_failed',
      message: 'The credentials secret must be a JSON object with QIANFAN_ACCESS_KEY and QIANFAN_SECRET_KEY',
    });
  },
);
