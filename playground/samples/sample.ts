// The type of a sample, and functions that all samples share.
import type { Dialect, Model } from '../catalog/catalog.ts';
import type { JsonObject } from '../call/body.ts';
import type { AccessKind } from '../call/call.ts';

/** A call in one dialect, without secrets. */
export interface SampleCall {
  /** The gateway, without a trailing slash. */
  readonly gatewayUrl: string;
  readonly dialect: Dialect;
  /** How the caller authenticates. */
  readonly access: AccessKind;
  readonly stream: boolean;
  /** As typed: a name or an endpoint. */
  readonly model: string;
  /** The end of the address. */
  readonly endpoint: string;
  readonly prompt: string;
  /** The rest of the body. */
  readonly parameters: JsonObject;
  /** Headers beside those that every call has. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The models with a service that the SDKs know by name. */
  readonly models: readonly Model[];
}

export interface Sample {
  readonly id: string;
  readonly label: string;
  /** Undefined: either. */
  readonly dialect: Dialect | undefined;
  readonly fileName: string;
  /** How the client is installed; empty where there is nothing to install. */
  readonly install: string;
  readonly run: string;
  /** The variables that hold the keys. */
  readonly secrets: (call: Pick<SampleCall, 'dialect' | 'access'>) => readonly string[];
  /** The program: exactly this call, with the keys taken from the environment. */
  readonly write: (call: SampleCall) => string;
  /** The parameters that the client cannot send. Default: none. */
  readonly findLeftOut?: (call: SampleCall) => readonly string[];
}

/** The gateway's id and secret, under the names that the Qianfan SDKs read. */
export const qianfanSecrets = ['QIANFAN_ACCESS_KEY', 'QIANFAN_SECRET_KEY'] as const;

/** The name by which the SDKs know the model; undefined for a model that they call by its endpoint. */
export function findPreset({ model, endpoint, models }: SampleCall): string | undefined {
  const wanted = model.trim().toLowerCase();
  return models.find(({ name, preset }) => preset === endpoint || (preset && name.toLowerCase() === wanted))?.name;
}

/** A text in double quotes as JavaScript, Python, Go and Java read it. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

/** Every line after the first moved to the right. */
export function indent(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}
