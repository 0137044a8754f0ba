// No secret, prompt or completion reaches a log, an error or a header, whatever goes wrong.
import { startHttpServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';

const canaries = {
  apiKey: 'canary-api-key-7f3a',
  secretKey: 'canary-secret-key-91bd',
  upstreamToken: '24.canarytoken0123456789.2592000.1999999999.1-2',
  clientSecret: 'canary-client-secret-55e0',
  prompt: 'canary-prompt-e21c',
  text: 'canary-text-08fa',
};

/** A Qianfan that echoes everything it was sent wherever it can, in one way per endpoint. */
const startEchoingQianfan = () =>
  startHttpServer((request, response) => {
    const everything = `${request.url.href} ${request.body} ${JSON.stringify(request.headers)}`;
    const endpoint = request.url.pathname.split('/').at(-1);
    if (endpoint === 'token') {
      response.end(JSON.stringify({ access_token: canaries.upstreamToken, expires_in: 2_592_000 }));
    } else if (endpoint === 'as_error') {
      response.end(JSON.stringify({ error_code: 336003, error_msg: request.url.href }));
    } else if (endpoint === 'as_token_error') {
      response.end(JSON.stringify({ error_code: 110, error_msg: request.url.href }));
    } else if (endpoint === 'as_html') {
      response.writeHead(502, { 'Content-Type': 'text/html' }).end(`<p>${everything}</p>`);
    } else if (endpoint === 'as_broken_json') {
      response.end(`{"result":"${canaries.text} ${request.body}`);
    } else if (endpoint === 'as_broken_event') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(`data: {"result":"${canaries.text}","is_end":false}\n\ndata: ${everything}\n\n`);
    } else {
      response.end(JSON.stringify({ id: 'as-1', created: 1, result: canaries.text, is_safe: 1 }));
    }
  });

it('keeps every secret, prompt and text out of logs, errors and headers', async () => {
  const qianfan = await startEchoingQianfan();
  const local = await startLocalRun({
    QIANFAN_BASE_URL: qianfan.url,
    QIANFAN_AK: canaries.apiKey,
    QIANFAN_SK: canaries.secretKey,
    CLIENTS: JSON.stringify([{ id: 'shop', secret: canaries.clientSecret }]),
    LOG_LEVEL: 'debug',
  });
  const client = await createV1Client(local.url, { id: 'shop', secret: canaries.clientSecret });
  const seenByCaller: string[] = [];
  const endpoints = ['as_error', 'as_token_error', 'as_html', 'as_broken_json', 'as_broken_event', 'fine'];
  for (const endpoint of endpoints) {
    for (const stream of [false, true]) {
      const response = await client.post(endpoint, { prompt: canaries.prompt, stream });
      seenByCaller.push(JSON.stringify([...response.headers]));
      const body = await response.text();
      // What the model wrote is the answer itself; everything else has no business in it.
      seenByCaller.push(body.replaceAll(canaries.text, ''));
    }
  }
  for (const broken of [
    `{"prompt":"${canaries.prompt}`,
    { prompt: [canaries.prompt] },
    { prompt: 'x', stop: [canaries.prompt.repeat(3)] },
  ]) {
    seenByCaller.push(await (await client.post('fine', broken)).text());
  }
  for (const url of [
    `${local.url}/oauth/2.0/token?grant_type=client_credentials&client_id=shop&client_secret=${canaries.clientSecret}x`,
    `${local.url}/nowhere?access_token=${client.accessToken}`,
    `${local.url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/x?access_token=${client.accessToken}x`,
  ]) {
    seenByCaller.push(await (await fetch(url, { method: 'POST', body: canaries.prompt })).text());
  }
  await local.stop();
  await qianfan.close();

  const { text, ...secrets } = canaries;
  for (const secret of [...Object.values(secrets), client.accessToken]) {
    expect(local.output()).not.toContain(secret);
    expect(seenByCaller.join('\n')).not.toContain(secret);
  }
  expect(local.output()).not.toContain(text);
  // The requests did happen, and were logged.
  expect(local.output().match(/"message":"request"/g)?.length).toBeGreaterThanOrEqual(endpoints.length * 2);
});
