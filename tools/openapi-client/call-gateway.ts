// Calls a gateway in both dialects with a client whose types are generated from its OpenAPI document.
import createClient from 'openapi-fetch';
import type { paths } from './generated/gateway.ts';

interface Answer {
  readonly text: string | undefined;
  readonly tokens: number | undefined;
}

/** What came of each call; undefined what was not answered as it should have been. */
export interface Calls {
  readonly health: string | undefined;
  readonly models: readonly string[];
  readonly openAi: Answer | undefined;
  readonly openAiStream: string | undefined;
  /** The code of the error. */
  readonly openAiRefusal: string | undefined;
  readonly v1: Answer | undefined;
  /** The number of the error. */
  readonly v1Refusal: number | undefined;
}

/** Makes the calls as a client of the gateway. */
export async function callGateway(baseUrl: string, id: string, secret: string): Promise<Calls> {
  const open = createClient<paths>({ baseUrl });
  const health = await open.GET('/health');
  const openAi = await callOpenAi(baseUrl, secret);
  const v1 = await callV1(baseUrl, id, secret);
  return { health: health.data?.status, ...openAi, ...v1 };
}

async function callOpenAi(baseUrl: string, secret: string) {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${secret}` } });
  const models = await client.GET('/v1/models');
  const model = await client.GET('/v1/models/{model}', { params: { path: { model: 'StarCoder' } } });
  const body = { model: model.data?.id ?? '', prompt: 'def fibonacci(n):', max_tokens: 20 };
  const whole = await client.POST('/v1/completions', { body });
  const stream = await client.POST('/v2/completions', { body: { ...body, stream: true }, parseAs: 'text' });
  const refused = await client.POST('/v1/completions', { body: { ...body, temperature: 3 } });
  return {
    models: models.data?.data.map((each) => each.id) ?? [],
    openAi:
      typeof whole.data === 'object'
        ? { text: whole.data.choices[0]?.text, tokens: whole.data.usage?.total_tokens }
        : undefined,
    openAiStream: typeof stream.data === 'string' ? stream.data : undefined,
    openAiRefusal: refused.error?.error.code,
  };
}

async function callV1(baseUrl: string, client_id: string, client_secret: string) {
  const client = createClient<paths>({ baseUrl });
  const query = { grant_type: 'client_credentials', client_id, client_secret } as const;
  const token = await client.POST('/oauth/2.0/token', { params: { query } });
  // Credentials are a security scheme, not a parameter: they are added to every request.
  client.use({
    onRequest: ({ request }) => {
      const url = new URL(request.url);
      url.searchParams.set('access_token', token.data?.access_token ?? '');
      return new Request(url, request);
    },
  });
  const path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}';
  const params = { path: { endpoint: 'sqlcoder_7b' } };
  const whole = await client.POST(path, { params, body: { prompt: 'Count the users', temperature: 0.5 } });
  const refused = await client.POST(path, { params, body: { prompt: 'Count the users', temperature: 2 } });
  return {
    v1:
      typeof whole.data === 'object' && 'result' in whole.data
        ? { text: whole.data.result, tokens: whole.data.usage?.total_tokens }
        : undefined,
    // An answer has a result, whatever further fields Qianfan adds to it.
    v1Refusal: typeof refused.data === 'object' && !('result' in refused.data) ? refused.data.error_code : undefined,
  };
}
