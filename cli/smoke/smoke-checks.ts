// The checks of the smoke test: the functions that clients of either dialect rely on.
import { randomBytes } from 'node:crypto';
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import { CheckError } from './gateway-client.ts';
import type { Answer, GatewayClient, Json, StreamedAnswer } from './gateway-client.ts';

export interface SmokeContext {
  readonly client: GatewayClient;
  readonly id: string;
  readonly secret: string;
  /** Undefined until it is known. */
  model: string | undefined;
  accessToken: string | undefined;
}

export interface SmokeCheck {
  readonly name: string;
  /** What an earlier check must have found out. */
  readonly needs?: readonly ('model' | 'accessToken')[];
  /** Returns a detail to print, or an empty text. Throws a CheckError. */
  readonly run: (context: SmokeContext) => Promise<string>;
}

const prompt = 'Write a SQL query that returns the ten customers with the largest total of orders in 2025.';

const v1Path = (model: string, accessToken: string): string =>
  `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${encodeURIComponent(model)}?access_token=${encodeURIComponent(accessToken)}`;

const tokenPath = (id: string, secret: string): string =>
  `/oauth/2.0/token?${new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString()}`;

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

const checks: readonly SmokeCheck[] = [
  {
    name: 'health',
    run: async ({ client }) => {
      const answer = await client.call('/health');
      if (answer.status === 200 && answer.body['status'] === 'ok') return '';
      throw new CheckError(`expected {"status":"ok"}, got ${describe(answer)}`);
    },
  },
  {
    name: 'models of the client',
    run: async (context) => {
      const answer = await context.client.call('/v1/models', { headers: bearer(context.secret) });
      const { data } = answer.body;
      const names = Array.isArray(data) ? data.flatMap((model: unknown) => readText(model, 'id')) : [];
      if (answer.status !== 200) throw new CheckError(`expected a list, got ${describe(answer)}`);
      context.model ??= names[0];
      if (context.model === undefined) throw new CheckError('the client may call no model');
      return `${names.length}, asked is ${context.model}`;
    },
  },
  {
    name: 'access_token for id and secret',
    run: async (context) => {
      const answer = await context.client.call(tokenPath(context.id, context.secret));
      const [token] = readText(answer.body, 'access_token');
      if (token === undefined) throw new CheckError(`expected an access_token, got ${describe(answer)}`);
      context.accessToken = token;
      return '';
    },
  },
  {
    name: 'V1 completion',
    needs: ['model', 'accessToken'],
    run: async ({ client, model = '', accessToken = '' }) => {
      const answer = await client.call(v1Path(model, accessToken), { body: { prompt } });
      const [result = ''] = readText(answer.body, 'result');
      if (result === '') throw new CheckError(`expected a result, got ${describe(answer)}`);
      return `${result.length} characters`;
    },
  },
  {
    name: 'V1 stream, in pieces',
    needs: ['model', 'accessToken'],
    run: async ({ client, model = '', accessToken = '' }) => {
      const answer = await client.stream(v1Path(model, accessToken), { body: { prompt, stream: true } });
      const events = readEvents(answer).map(parseJson).filter(isJsonObject);
      if (events.at(-1)?.['is_end'] !== true) throw new CheckError(`the stream ended early: ${describeEvents(answer)}`);
      return checkPieces(answer, /"is_end": ?true/);
    },
  },
  {
    name: 'OpenAI completion',
    needs: ['model'],
    run: async ({ client, model = '', secret }) => {
      const answer = await client.call('/v1/completions', { headers: bearer(secret), body: { model, prompt } });
      const text = readChoice(answer.body);
      if (text === '') throw new CheckError(`expected a text, got ${describe(answer)}`);
      return `${text.length} characters`;
    },
  },
  {
    name: 'OpenAI stream, in pieces',
    needs: ['model'],
    run: async ({ client, model = '', secret }) => {
      const body = { model, prompt, stream: true };
      const answer = await client.stream('/v1/completions', { headers: bearer(secret), body });
      const events = readEvents(answer);
      const text = events.map(parseJson).filter(isJsonObject).map(readChoice).join('');
      if (events.at(-1) !== '[DONE]') throw new CheckError(`the stream ended early: ${describeEvents(answer)}`);
      if (text === '') throw new CheckError('the stream has no text');
      return checkPieces(answer, /\[DONE\]/);
    },
  },
  {
    name: 'a wrong secret is refused',
    run: async ({ client, id }) => {
      const answer = await client.call(tokenPath(id, createWrongKey()));
      if (answer.status === 401 && answer.body['error'] === 'invalid_client') return '';
      throw new CheckError(`expected status 401, got ${describe(answer)}`);
    },
  },
  {
    name: 'a wrong access_token is refused',
    run: async ({ client, model = 'SQLCoder-7B' }) => {
      const answer = await client.call(v1Path(model, createWrongKey()), { body: { prompt } });
      const { error_code: code, result } = answer.body;
      if (typeof code === 'number' && [100, 110, 111].includes(code) && result === undefined) return '';
      throw new CheckError(`expected error_code 110, got ${describe(answer)}`);
    },
  },
  {
    name: 'a wrong Bearer key is refused',
    run: async ({ client, model = 'SQLCoder-7B' }) => {
      const options = { headers: bearer(createWrongKey()), body: { model, prompt } };
      const answer = await client.call('/v1/completions', options);
      if (answer.status === 401) return '';
      throw new CheckError(`expected status 401, got ${describe(answer)}`);
    },
  },
];

/** The checks in their order. */
export const smokeChecks = checks;

function createWrongKey(): string {
  return randomBytes(24).toString('hex');
}

function readText(object: unknown, name: string): string[] {
  const value = isJsonObject(object) ? object[name] : undefined;
  return typeof value === 'string' ? [value] : [];
}

function readChoice({ choices }: Json): string {
  return Array.isArray(choices) ? choices.flatMap((choice: unknown) => readText(choice, 'text')).join('') : '';
}

function readEvents({ pieces }: StreamedAnswer): readonly string[] {
  return [...pieces.join('').matchAll(/^data: ?(.*)$/gm)].map(([, data = '']) => data);
}

/** Throws if the first piece already has the end of the stream: then something between buffers the answer. */
function checkPieces({ pieces }: StreamedAnswer, end: RegExp): string {
  const [first = ''] = pieces;
  if (end.test(first)) throw new CheckError('the stream came in one piece: something on the way holds it back');
  return `${pieces.length} pieces`;
}

/** The errors of both dialects, which name no key. */
function describe({ status, body }: Answer): string {
  const error = isJsonObject(body['error']) ? body['error'] : body;
  const fields = ['error_code', 'error_msg', 'error', 'error_description', 'code', 'message'];
  const parts = fields.flatMap((field) => {
    const value = error[field];
    return typeof value === 'string' || typeof value === 'number' ? [`${field} ${value}`] : [];
  });
  return [`status ${status}`, ...parts].join(', ').slice(0, 300);
}

function describeEvents(answer: StreamedAnswer): string {
  const text = answer.pieces.join('');
  const last = parseJson(readEvents(answer).at(-1) ?? text);
  return describe({ status: answer.status, body: isJsonObject(last) ? last : {} });
}
