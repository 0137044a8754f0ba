import { restricted } from './create-v1-gateway.ts';
import { bearerOfRestricted, createOpenAiGateway } from './create-openai-gateway.ts';

describe('the models', () => {
  const list = async (authorization?: string) => {
    const given = authorization === undefined ? {} : { authorization };
    const { text } = await createOpenAiGateway().ask({ method: 'GET', path: '/v1/models', ...given });
    return JSON.parse(text) as { object: string; data: { id: string }[] };
  };

  it('are the presets and the configured ones', async () => {
    const { object, data } = await list();
    expect(object).toBe('list');
    expect(data.map(({ id }) => id)).toEqual(['SQLCoder-7B', 'CodeLlama-7b-Instruct', 'StarCoder']);
    expect(data[0]).toEqual({ id: 'SQLCoder-7B', object: 'model', created: 0, owned_by: 'qianfan' });
  });

  it('of a restricted client are those it may call', async () => {
    const { data } = await list(bearerOfRestricted);
    expect(data.map(({ id }) => id)).toEqual(['StarCoder', restricted.models?.[1]]);
  });

  it.each(['StarCoder', 'starcoder', 'lbwxxxd4_starcoder'])('have one that is found as %s', async (name) => {
    const { ask } = createOpenAiGateway();
    for (const authorization of [bearerOfRestricted, undefined]) {
      const given = authorization === undefined ? {} : { authorization };
      const { response, text } = await ask({ method: 'GET', path: `/v2/models/${name}`, ...given });
      expect(response.status).toBe(200);
      expect(JSON.parse(text)).toEqual({ id: 'StarCoder', object: 'model', created: 0, owned_by: 'qianfan' });
    }
  });
});

it("a model that only the client's record names is found where it is listed", async () => {
  const endpoint = restricted.models?.[1] ?? '';
  const { response } = await createOpenAiGateway().ask({
    method: 'GET',
    path: `/v1/models/${endpoint}`,
    authorization: bearerOfRestricted,
  });
  expect(response.status).toBe(200);
});
