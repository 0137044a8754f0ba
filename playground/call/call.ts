// The content of the form: a call as it was typed, and the keys for it.
import type { Dialect } from '../catalog/catalog.ts';

export interface Call {
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** A model's name or an endpoint. */
  readonly model: string;
  readonly prompt: string;
  /** By parameter name, as typed; absent or empty is not set. */
  readonly values: Readonly<Record<string, string>>;
  /** By header name, as typed; absent or empty is not set. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** `keys`: a client's id and secret; `access_token`: one of V1; `bearer`: a token of an end user's sign-in. */
export type AccessKind = 'keys' | 'access_token' | 'bearer';

export interface Access {
  readonly kind: AccessKind;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessToken: string;
  readonly bearerToken: string;
}

/** The call that the page shows at first. */
export const firstCall: Call = {
  dialect: 'v1',
  stream: true,
  model: 'SQLCoder-7B',
  prompt: '',
  values: { include_usage: 'true' },
};

/** The text after the gap that the answer fills; empty for none. V1 has none. */
export function suffixOf({ dialect, values }: Call): string {
  return dialect === 'openai' ? (values['suffix'] ?? '') : '';
}

/** What stands around each text of the answer; undefined where there is no gap to fill. */
export function findGap(call: Call): { readonly before: string; readonly after: string } | undefined {
  const after = suffixOf(call);
  if (after === '') return undefined;
  // With echo the text begins with the prompt itself.
  return { before: call.values['echo'] === 'true' ? '' : call.prompt, after };
}

/** No keys. */
export const noAccess: Access = { kind: 'keys', clientId: '', clientSecret: '', accessToken: '', bearerToken: '' };

/** Returns the kind of access for a dialect: the OpenAI dialect has no access_token. */
export function kindFor(dialect: Dialect, { kind }: Access): AccessKind {
  return dialect === 'openai' && kind === 'access_token' ? 'keys' : kind;
}
