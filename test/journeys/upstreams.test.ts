// Another Qianfan than the embedded one, both ways to authenticate to it, and faulty settings.
import { startSimulator } from '../../local/simulator/server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';

const oauthKeys = { QIANFAN_AK: 'own-api-key', QIANFAN_SK: 'own-secret-key' };
const iamKeys = { QIANFAN_ACCESS_KEY: 'own-access-key', QIANFAN_SECRET_KEY: 'own-iam-secret' };

/** A Qianfan of its own that accepts the keys above. */
const startQianfan = () =>
  startSimulator({
    port: 0,
    oauthClients: [{ apiKey: oauthKeys.QIANFAN_AK, secretKey: oauthKeys.QIANFAN_SK }],
    iamClients: [{ accessKey: iamKeys.QIANFAN_ACCESS_KEY, secretKey: iamKeys.QIANFAN_SECRET_KEY }],
  });

describe('QIANFAN_BASE_URL', () => {
  it.each([
    ['an access_token', oauthKeys, 1],
    ['an IAM signature', iamKeys, 0],
    ['an access_token when both pairs of keys are given', { ...oauthKeys, ...iamKeys }, 1],
    ['an IAM signature when QIANFAN_AUTH asks for it', { ...oauthKeys, ...iamKeys, QIANFAN_AUTH: 'iam' }, 0],
  ])('is called with %s', async (_name, keys, tokenRequests) => {
    const qianfan = await startQianfan();
    const local = await startLocalRun({ QIANFAN_BASE_URL: qianfan.url, ...keys });
    const client = await createV1Client(local.url);
    expect(await client.complete('sqlcoder_7b', { prompt: 'SELECT' })).toMatchObject({ object: 'completion' });
    expect(await client.stream('sqlcoder_7b', { prompt: 'SELECT' })).not.toHaveLength(0);
    expect(qianfan.stats()).toMatchObject({ tokenRequests, completionRequests: 2 });
    expect(local.output()).not.toMatch(/simulator/);
    await local.stop();
    await qianfan.close();
  });

  it.each([
    ['OAuth', { ...oauthKeys, QIANFAN_SK: 'wrong-canary' }, 13],
    ['IAM', { ...iamKeys, QIANFAN_SECRET_KEY: 'wrong-canary' }, 14],
  ])('with wrong %s keys gives an error that says whose keys they are', async (_name, keys, errorCode) => {
    const qianfan = await startQianfan();
    const local = await startLocalRun({ QIANFAN_BASE_URL: qianfan.url, ...keys });
    const client = await createV1Client(local.url);
    const answer = await client.complete('sqlcoder_7b', { prompt: 'SELECT' });
    expect(answer).toMatchObject({
      error_code: errorCode,
      error_msg: expect.stringMatching(/gateway's|token endpoint/),
    });
    expect(JSON.stringify(answer) + local.output()).not.toContain('wrong-canary');
    await local.stop();
    await qianfan.close();
  });

  it.each([14, 100, 110, 111])(
    'that refuses credentials with %i never makes the caller doubt its token',
    async (code) => {
      const local = await startLocalRun();
      const client = await createV1Client(local.url);
      const answer = await client.complete('sqlcoder_7b', { prompt: `[fault error_code=${code}]` });
      expect([13, 14]).toContain(answer.error_code);
      expect(answer.error_msg).toMatch(/gateway's credentials/);
      await local.stop();
    },
  );

  it('that nobody answers at gives error 2 and names the cause', async () => {
    const local = await startLocalRun({ QIANFAN_BASE_URL: 'http://127.0.0.1:9', ...iamKeys });
    const client = await createV1Client(local.url);
    expect(await client.complete('sqlcoder_7b', { prompt: 'SELECT' })).toMatchObject({
      error_code: 2,
      error_msg: 'Could not reach 127.0.0.1:9 (ECONNREFUSED)',
    });
    await local.stop();
  });
});

describe('MODELS', () => {
  it('sends a model name to the endpoint its owner published', async () => {
    const qianfan = await startQianfan();
    const models = JSON.stringify({ StarCoder: 'lbwxxxd4_starcoder' });
    const local = await startLocalRun({ QIANFAN_BASE_URL: qianfan.url, ...iamKeys, MODELS: models });
    const client = await createV1Client(local.url);
    const byName = await client.complete('StarCoder', { prompt: 'x' });
    // The simulator's text depends on the endpoint.
    expect(byName.result).toBe((await client.complete('lbwxxxd4_starcoder', { prompt: 'x' })).result);
    await local.stop();
    await qianfan.close();
  });
});

describe('CLIENTS', () => {
  it('replaces the demo client, and a record may restrict the models', async () => {
    const clients = [{ id: 'shop', secret: 'shop-secret', models: ['StarCoder'] }];
    const local = await startLocalRun({ CLIENTS: JSON.stringify(clients) });
    const client = await createV1Client(local.url, { id: 'shop', secret: 'shop-secret' });
    expect(await client.complete('starcoder', { prompt: 'x' })).toMatchObject({ object: 'completion' });
    expect(await client.complete('sqlcoder_7b', { prompt: 'x' })).toMatchObject({ error_code: 336004 });
    const demo = await fetch(
      `${local.url}/oauth/2.0/token?grant_type=client_credentials&client_id=demo&client_secret=demo-secret`,
    );
    expect(demo.status).toBe(401);
    expect(await demo.json()).toEqual({ error: 'invalid_client', error_description: 'unknown client id' });
    await local.stop();
  });
});

describe('faulty settings', () => {
  it('are all named at once, without their values, before anything starts', async () => {
    const failure = await startLocalRun({
      PORT: 'canary-port',
      MODELS: 'canary-models',
      CLIENTS: 'canary-clients',
      QIANFAN_BASE_URL: 'http://127.0.0.1:9',
      QIANFAN_LLM_API_RETRY_COUNT: 'canary-count',
    }).catch((error: unknown) => String(error));
    for (const name of ['PORT', 'MODELS', 'CLIENTS', 'QIANFAN_AK', 'QIANFAN_LLM_API_RETRY_COUNT']) {
      expect(failure).toContain(name);
    }
    expect(failure).not.toContain('canary');
  });
});
