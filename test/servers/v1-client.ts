// A client of the V1 protocol, as small as the pages' own samples.

/** A client that the local run knows without configuration. */
export const demoClient = { id: 'demo', secret: 'demo-secret' };

export interface V1Client {
  readonly accessToken: string;
  /** Posts a body to an endpoint and returns the response as it is. */
  post(endpoint: string, body: unknown, options?: { signal?: AbortSignal }): Promise<Response>;
  /** Posts a body and parses the answer, whatever it is. */
  complete(endpoint: string, body: unknown): Promise<V1Answer>;
  /** Posts a streaming body and parses its frames. */
  stream(endpoint: string, body: Readonly<Record<string, unknown>>): Promise<V1Answer[]>;
}

export interface V1Answer {
  readonly id?: string;
  readonly object?: string;
  readonly created?: number;
  readonly result?: string;
  readonly is_safe?: number;
  readonly usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  readonly sentence_id?: number;
  readonly is_end?: boolean;
  readonly error_code?: number;
  readonly error_msg?: string;
}

/** Obtains an access_token and returns the client that uses it. */
export async function createV1Client(baseUrl: string, { id, secret } = demoClient): Promise<V1Client> {
  const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const response = await fetch(`${baseUrl}/oauth/2.0/token?${query.toString()}`, { method: 'POST' });
  const { access_token: accessToken } = (await response.json()) as { access_token: string };
  const post: V1Client['post'] = (endpoint, body, { signal } = {}) =>
    fetch(
      `${baseUrl}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}?access_token=${encodeURIComponent(accessToken)}`,
      { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), signal: signal ?? null },
    );
  return {
    accessToken,
    post,
    complete: async (endpoint, body) => (await (await post(endpoint, body)).json()) as V1Answer,
    stream: async (endpoint, body) => parseFrames(await (await post(endpoint, { ...body, stream: true })).text()),
  };
}

/** Splits an event stream strictly into its frames; anything that is no frame fails. */
export function parseFrames(text: string): V1Answer[] {
  if (!text.endsWith('\n\n')) throw new Error(`The stream does not end with a blank line: …${text.slice(-80)}`);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((frame) => {
      if (!/^data: [^\n]+$/.test(frame)) throw new Error(`Not a frame: ${frame.slice(0, 200)}`);
      const data = frame.slice('data: '.length);
      return data === '[ABORTED]' ? {} : (JSON.parse(data) as V1Answer);
    });
}
