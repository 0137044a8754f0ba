// The HTTP requests of a call: as they are sent, and as they are shown, without secrets.
import type { Model, Parameter } from '../catalog/catalog.ts';
import { buildBody } from './body.ts';
import { kindFor } from './call.ts';
import type { Access, Call } from './call.ts';
import { readHeaders } from './headers.ts';

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty for none. */
  readonly body: string;
}

/** The gateway's address and its models. */
export interface Gateway {
  /** Without a trailing slash. */
  readonly url: string;
  readonly models: readonly Model[];
}

/** Shown in place of a secret. */
export const hidden = '••••••';

const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';

/** Returns the endpoint of a preset, or the name itself, which the gateway resolves. */
export function findEndpoint(nameOrEndpoint: string, models: readonly Model[]): string {
  const wanted = nameOrEndpoint.trim().toLowerCase();
  return models.find(({ name }) => name.toLowerCase() === wanted)?.preset ?? nameOrEndpoint.trim();
}

/** Builds the request for an access_token; undefined if the call needs none. */
export function buildTokenRequest({ url }: Gateway, call: Call, access: Access): WireRequest | undefined {
  if (call.dialect !== 'v1' || kindFor('v1', access) !== 'keys') return undefined;
  const query = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: access.clientId.trim(),
    client_secret: access.clientSecret.trim(),
  });
  return { method: 'POST', url: `${url}/oauth/2.0/token?${query}`, headers: [], body: '' };
}

/** Builds the request of the call itself. `accessToken` comes from the token request. */
export function buildRequest(
  { url, models }: Gateway,
  call: Call,
  access: Access,
  accessToken: string,
  parameters: readonly Parameter[],
): WireRequest {
  const body = JSON.stringify(buildBody(call, parameters), undefined, 2);
  const shared = [['Content-Type', 'application/json'] as const, ...readHeaders(call)];
  const kind = kindFor(call.dialect, access);
  const bearer = kind === 'bearer' ? access.bearerToken : access.clientSecret;
  const authorization = ['Authorization', `Bearer ${bearer}`] as const;
  if (call.dialect === 'openai') {
    return { method: 'POST', url: `${url}/v1/completions`, headers: [authorization, ...shared], body };
  }
  const address = `${url}${completionsPath}/${encodeURIComponent(findEndpoint(call.model, models))}`;
  if (kind === 'bearer') return { method: 'POST', url: address, headers: [authorization, ...shared], body };
  const token = encodeURIComponent(kind === 'keys' ? accessToken : access.accessToken.trim());
  return { method: 'POST', url: `${address}?access_token=${token}`, headers: shared, body };
}

/** The request without its secrets, as it is shown and copied. */
export function hideSecrets(request: WireRequest): WireRequest {
  return {
    ...request,
    url: request.url.replaceAll(/\b(client_secret|access_token)=[^&]*/g, `$1=${hidden}`),
    headers: request.headers.map(([name, value]) =>
      name === 'Authorization' ? [name, value.replace(/^(\w+) .*$/, `$1 ${hidden}`)] : [name, value],
    ),
  };
}

/** Formats a request as it looks on the wire. */
export function formatRequest({ method, url, headers, body }: WireRequest): string {
  const lines = [`${method} ${url}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return body === '' ? lines.join('\n') : `${lines.join('\n')}\n\n${body}`;
}
