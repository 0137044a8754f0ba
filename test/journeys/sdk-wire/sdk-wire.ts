// What the wire replays know of an official SDK: the bytes it sends, and a reader that breaks where the SDK does.
import type { RawAnswer } from '../../servers/raw-answer.ts';

/** Keys of the gateway, as either pair of an SDK. */
export interface Keys {
  readonly id: string;
  readonly secret: string;
}

/** How a model call is authenticated: an access_token, or keys to sign with. */
export type Proof = { readonly accessToken: string } | { readonly keys: Keys };

export interface Ask {
  /** The last segment of the path. */
  readonly endpoint: string;
  /** Set when the user named a model; the endpoint is then that of the list. */
  readonly model?: string;
  readonly prompt: string;
  readonly stream: boolean;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface SdkWire {
  readonly name: string;
  /** `baseUrl` has a host with a port and may have a path prefix. */
  writeTokenRequest(baseUrl: string, keys: Keys): string;
  writeListRequest(baseUrl: string, keys: Keys): string;
  writeCompletionRequest(baseUrl: string, proof: Proof, ask: Ask): string;
  /** Returns the access_token; throws the description of a refusal. */
  readToken(answer: RawAnswer): string;
  /** Returns model name → endpoint of what the SDK takes over; throws where it would fall back to its built-in list. */
  readList(answer: RawAnswer): ReadonlyMap<string, string>;
  /** Reads a sync answer. Throws where the SDK would crash, hang, or take something wrong for an answer. */
  readCompletion(answer: RawAnswer): SdkOutcome;
  /** Reads a streamed answer, likewise. */
  readStream(answer: RawAnswer): SdkOutcome;
}

/** What the user of an SDK sees. */
export interface SdkOutcome {
  readonly results: readonly SdkResult[];
  /** The error that the SDK raised after these results. */
  readonly raised?: { readonly code?: number | undefined; readonly message: string };
}

export type SdkResult = Readonly<Record<string, unknown>> & { readonly result: string };

export const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';
export const listPath = '/wenxinworkshop/service/list';

/** The parts of a base URL that SDKs handle apart. */
export function splitBaseUrl(baseUrl: string): { host: string; hostname: string; prefix: string } {
  const { host, hostname, pathname } = new URL(baseUrl);
  return { host, hostname, prefix: pathname === '/' ? '' : pathname };
}
