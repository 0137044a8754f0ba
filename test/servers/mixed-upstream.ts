// A Qianfan V1 that treats each prompt as the prompt asks, and counts the calls for each.
import type { ServerResponse } from 'node:http';
import { startHttpServer } from './start-http-server.ts';
import type { TestServer } from './start-http-server.ts';

/**
 * What a prompt may begin with:
 *
 * - `valid`: answered. - `limited-twice`: error 18 for the first two calls, then answered.
 * - `cut-once`: the first answer breaks off. - `cut`: every answer does. - `refused`: error 336003.
 */
export type Treatment = 'valid' | 'limited-twice' | 'cut-once' | 'cut' | 'refused';

export interface MixedUpstream extends TestServer {
  /** Calls for a prompt so far. */
  callsFor(prompt: string): number;
  /** Prompts called so far. */
  prompts(): readonly string[];
}

export async function startMixedUpstream(): Promise<MixedUpstream> {
  const calls = new Map<string, number>();
  const server = await startHttpServer(({ url, body }, response) => {
    if (url.pathname === '/oauth/2.0/token') {
      answer(response, { access_token: '24.upstream', expires_in: 2_592_000 });
      return;
    }
    const { prompt } = JSON.parse(body) as { prompt: string };
    const count = (calls.get(prompt) ?? 0) + 1;
    calls.set(prompt, count);
    treat(prompt.split(' ', 1)[0] as Treatment, count, prompt, response);
  });
  return { ...server, callsFor: (prompt) => calls.get(prompt) ?? 0, prompts: () => [...calls.keys()] };
}

function treat(treatment: Treatment, count: number, prompt: string, response: ServerResponse): void {
  if (treatment === 'limited-twice' && count <= 2) {
    answer(response, { error_code: 18, error_msg: 'Open api qps request limit reached' });
  } else if (treatment === 'refused') {
    answer(response, { error_code: 336003, error_msg: 'the prompt is refused' });
  } else if (treatment === 'cut' || (treatment === 'cut-once' && count === 1)) {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('{"id":"as-1","result":"half of', () => response.destroy());
  } else {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const completion = { id: 'as-1', object: 'completion', created: 1_760_000_000, is_safe: 1, usage };
    answer(response, { ...completion, result: `answer to ${prompt}` });
  }
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
