// The requests of the gateway's callers, for any front door.
import { checkResponse, isPreflight } from '../build/openapi/check-responses.ts';
import { demoClient } from '../servers/v1-client.ts';
import { frontDoors, readDoorAnswer } from './front-doors.ts';
import type { DoorAnswer, DoorRequest, FrontDoor } from './front-doors.ts';
import type { Invocation } from './invocation.ts';
import type { Sandbox } from './sandbox.ts';

const [restApi] = frontDoors;

/** The door that the template builds by default. */
export function defaultDoor(): FrontDoor {
  if (restApi === undefined) throw new Error('There is no front door');
  return restApi;
}

/** Sends a request through a front door; its path comes without the door's prefix. */
export function send(
  sandbox: Sandbox,
  request: Partial<DoorRequest>,
  { door = defaultDoor(), timeoutMs }: { readonly door?: FrontDoor; readonly timeoutMs?: number } = {},
): Invocation {
  const { method = 'GET', path = '/', query = [], headers = {}, body = Buffer.of() } = request;
  const event = door.createEvent({ method, path: `${door.prefix}${path}`, query, headers, body });
  return sandbox.invoke(event, timeoutMs);
}

/** Sends a request and resolves with what its caller gets, which has to be as docs/openapi.json says. */
export async function ask(...call: Parameters<typeof send>): Promise<DoorAnswer> {
  const [, { method = 'GET', path = '/', headers = {} }] = call;
  const answer = readDoorAnswer(await send(...call).outcome);
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const request = { method, path, isPreflight: isPreflight(method, lowerCase), isWhole: true };
  checkResponse({ ...request, ...answer, headers: Object.entries(answer.headers) });
  return answer;
}

/** A completion in the OpenAI dialect. */
export function openAiRequest(body: Readonly<Record<string, unknown>>): Partial<DoorRequest> {
  return {
    method: 'POST',
    path: '/v1/completions',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${demoClient.secret}` },
    body: Buffer.from(JSON.stringify({ model: 'SQLCoder-7B', ...body })),
  };
}

/** A completion in the V1 dialect. */
export function v1Request(accessToken: string, body: Readonly<Record<string, unknown>>): Partial<DoorRequest> {
  return {
    method: 'POST',
    path: '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b',
    query: [['access_token', accessToken]],
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Obtains an access_token of the gateway, which every sandbox accepts. */
export async function obtainAccessToken(sandbox: Sandbox): Promise<string> {
  const { body } = await ask(sandbox, {
    method: 'POST',
    path: '/oauth/2.0/token',
    query: [
      ['grant_type', 'client_credentials'],
      ['client_id', demoClient.id],
      ['client_secret', demoClient.secret],
    ],
  });
  return (JSON.parse(body) as { readonly access_token: string }).access_token;
}
