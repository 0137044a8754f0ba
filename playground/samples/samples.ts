// All samples, and the call as each of their dialects writes it.
import { readValues } from '../call/body.ts';
import type { AccessKind, Call } from '../call/call.ts';
import { readHeaders } from '../call/headers.ts';
import { findEndpoint } from '../call/request.ts';
import type { Gateway } from '../call/request.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { curlSample } from './curl.ts';
import { openAiNodeSample } from './openai-node.ts';
import { openAiPythonSample } from './openai-python.ts';
import { qianfanGoSample } from './qianfan-go.ts';
import { qianfanJavaSample } from './qianfan-java.ts';
import { qianfanNodeSample } from './qianfan-node.ts';
import { qianfanPythonSample } from './qianfan-python.ts';
import type { Sample } from './sample.ts';

export const samples: readonly Sample[] = [
  curlSample,
  qianfanPythonSample,
  qianfanGoSample,
  qianfanJavaSample,
  qianfanNodeSample,
  openAiPythonSample,
  openAiNodeSample,
];

export interface WrittenSample {
  readonly code: string;
  /** Parameters and headers of the call that the client or its dialect cannot send. */
  readonly leftOut: readonly string[];
  /** The variables that hold the keys. */
  readonly secrets: readonly string[];
  /** Whether the client can authenticate only with keys, while the call uses something else. */
  readonly needsKeys: boolean;
}

/** Writes the program of a call. */
export function writeSample(
  sample: Sample,
  call: Call,
  access: AccessKind,
  gateway: Gateway,
  catalog: Catalog,
): WrittenSample {
  const dialect = sample.dialect ?? call.dialect;
  const known = catalog.parameters[dialect];
  const sampleCall = {
    gatewayUrl: gateway.url,
    dialect,
    access,
    stream: call.stream,
    model: call.model,
    endpoint: findEndpoint(call.model, gateway.models),
    prompt: call.prompt,
    parameters: readValues({ ...call, dialect }, known),
    headers: readHeaders(call),
    models: gateway.models,
  };
  const ofCall = Object.keys(readValues(call, catalog.parameters[call.dialect]));
  const unknown = ofCall.filter(
    (name) => !known.some((parameter) => [parameter.name, parameter.parent].includes(name)),
  );
  // V1 always sends the usage in a stream, so nothing is missing without it.
  const missing = unknown.filter((name) => name !== 'stream_options');
  const isQianfanSdk = sample.dialect === 'v1';
  const headers = isQianfanSdk ? sampleCall.headers.map(([name]) => name) : [];
  return {
    code: sample.write(sampleCall),
    leftOut: [...missing, ...(sample.findLeftOut?.(sampleCall) ?? []), ...headers],
    secrets: sample.secrets(sampleCall),
    // The OpenAI clients accept any Bearer key.
    needsKeys: isQianfanSdk && access !== 'keys',
  };
}
