import http from 'node:http';
import { once } from 'node:events';
import { startSimulator } from '../../../local/simulator/server.ts';
import type { Simulator } from '../../../local/simulator/server.ts';
import {
  ask,
  complete,
  completionsPath,
  errorCode,
  fetchToken,
  oauthClient,
  startTestSimulator,
  tokenPath,
  untilAborted,
} from './simulator-client.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startTestSimulator();
});
afterEach(() => simulator.close());

it.each([
  '/',
  '/oauth/2.0/token/',
  `${completionsPath}/`,
  `${completionsPath}/a/b`,
  `${completionsPath}/a%2Fb`,
  '/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/eb-instant',
])('answers error 3 at the unknown path %s', async (path) => {
  const answer = await ask(`${simulator.url}${path}`, { body: '{}' });
  expect([answer.status, answer.text]).toEqual([200, '{"error_code":3,"error_msg":"Unsupported openapi method"}']);
});

it('answers 336101 where a path is known and the method is not', async () => {
  const answer = await ask(`${simulator.url}${tokenPath}`, { method: 'PUT' });
  expect(answer.text).toBe('{"error_code":336101,"error_msg":"Invalid HTTP Method"}');
});

it('tells its counts on a route of its own', async () => {
  await complete(simulator, { body: { prompt: 'Hi' } });
  await ask(`${simulator.url}${completionsPath}/sqlcoder_7b`);
  const { text } = await ask(`${simulator.url}/simulator/stats`, { method: 'GET' });
  expect(JSON.parse(text)).toEqual({
    tokenRequests: 1,
    tokensIssued: 1,
    completionRequests: 2,
    serviceListRequests: 0,
    bearerTokenRequests: 0,
    openaiRequests: 0,
    abortedRequests: 0,
  });
  expect(simulator.stats()).toEqual(JSON.parse(text));
});

it('revokes tokens on a route of its own', async () => {
  const token = await fetchToken(simulator);
  const { text } = await ask(`${simulator.url}/simulator/revoke-tokens`);
  expect(text).toBe('{"revoked":1}');
  const answer = await ask(`${simulator.url}${completionsPath}/sqlcoder_7b?access_token=${token}`, { body: '{}' });
  expect(answer.text).toContain('"error_code":110');
});

it('stops its work when the client leaves in mid-stream, and counts that', async () => {
  const token = await fetchToken(simulator);
  const request = http.request(`${simulator.url}${completionsPath}/sqlcoder_7b?access_token=${token}`, {
    method: 'POST',
  });
  request.end('{"prompt":"Hi [fault frames=2 stall_after_frames=1]","stream":true}');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  expect(simulator.stats().abortedRequests).toBe(0);
  response.destroy();
  await untilAborted(simulator, 1);
});

it('counts a client that leaves before the first byte', async () => {
  const controller = new AbortController();
  const asked = complete(simulator, {
    body: { prompt: 'Hi [fault first_byte_delay_ms=3600000]' },
    signal: controller.signal,
  });
  while (simulator.stats().completionRequests === 0) await new Promise(setImmediate);
  controller.abort();
  await expect(asked).rejects.toThrow('aborted');
  await untilAborted(simulator, 1);
});

it('does not count a client that was answered, nor one it cut off itself', async () => {
  await complete(simulator, { body: { prompt: 'Hi', stream: true } });
  await complete(simulator, { body: { prompt: 'Hi [fault cut_after_frames=1]', stream: true } });
  await expect(complete(simulator, { body: { prompt: 'Hi [fault reset]' } })).rejects.toThrow('ECONNRESET');
  await complete(simulator, { body: { prompt: 'Hi' } });
  expect(simulator.stats().abortedRequests).toBe(0);
});

it('keeps a connection open long enough for clients that reuse it', async () => {
  const answer = await ask(`${simulator.url}${tokenPath}`, { headers: { Connection: 'keep-alive' } });
  expect(answer.headers.get('Keep-Alive')).toBe('timeout=75');
});

it('closes with requests still open and work still to do, and more than once', async () => {
  const stalled = complete(simulator, { body: { prompt: 'Hi [fault stall_after_frames=1]', stream: true } });
  const delayed = complete(simulator, { body: { prompt: 'Hi [fault first_byte_delay_ms=3600000]' } });
  const outcomes = Promise.all([stalled.then(({ brokenBy }) => brokenBy, errorCode), delayed.catch(errorCode)]);
  while (simulator.stats().completionRequests < 2) await new Promise(setImmediate);
  await simulator.close();
  await simulator.close();
  await expect(outcomes).resolves.toEqual(['ECONNRESET', 'ECONNRESET']);
  await expect(ask(`${simulator.url}/simulator/stats`)).rejects.toThrow('ECONNREFUSED');
});

it('rejects when its port is taken', async () => {
  const port = Number(new URL(simulator.url).port);
  await expect(startSimulator({ port, oauthClients: [oauthClient], iamClients: [] })).rejects.toThrow('EADDRINUSE');
});
