import { readIamKeys, readOauthKeys, readOpenAiKey } from '../../../lib/token/stored-keys.ts';
import { createSecretList } from '../../doubles/create-secret-list.ts';

const { signal } = new AbortController();
const secrets = createSecretList({
  both: { QIANFAN_AK: 'ak', QIANFAN_SK: 'sk', QIANFAN_ACCESS_KEY: 'iam-ak', QIANFAN_SECRET_KEY: 'iam-sk' },
  spaced: {
    QIANFAN_AK: '\uFEFFak\n',
    QIANFAN_SK: ' sk\r\n',
    QIANFAN_ACCESS_KEY: '\tiam-ak ',
    QIANFAN_SECRET_KEY: '\uFEFFiam-sk',
    OPENAI_API_KEY: '\uFEFFkey\n',
  },
  blank: {
    QIANFAN_AK: ' ',
    QIANFAN_SK: '\n',
    QIANFAN_ACCESS_KEY: '\uFEFF',
    QIANFAN_SECRET_KEY: '',
    OPENAI_API_KEY: '\n',
  },
  half: { QIANFAN_AK: 'canary', QIANFAN_ACCESS_KEY: 'canary', QIANFAN_SECRET_KEY: '' },
  text: undefined,
});

it('reads each pair of keys under the names of the SDKs', async () => {
  expect(await readOauthKeys(secrets, 'both', signal)).toEqual({ apiKey: 'ak', secretKey: 'sk' });
  expect(await readIamKeys(secrets, 'both', signal)).toEqual({ accessKey: 'iam-ak', secretKey: 'iam-sk' });
});

it('drops what came along with a key from an editor or a file', async () => {
  expect(await readOauthKeys(secrets, 'spaced', signal)).toEqual({ apiKey: 'ak', secretKey: 'sk' });
  expect(await readIamKeys(secrets, 'spaced', signal)).toEqual({ accessKey: 'iam-ak', secretKey: 'iam-sk' });
  expect(await readOpenAiKey(secrets, 'spaced', signal)).toBe('key');
});

it('takes a key of nothing but spaces for none', async () => {
  await expect(readOpenAiKey(secrets, 'blank', signal)).rejects.toMatchObject({ code: 'service_token_failed' });
});

it.each(['half', 'text', 'missing', 'blank'])(
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
