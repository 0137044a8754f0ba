// Reads a secret with one signed request, by the AWS SDK's signer without its client: loading the client would take most
// of a cold start.
import { createHash, createHmac } from 'node:crypto';
import type { Hash, Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsAccess } from '../config/aws-access.ts';
import { isJsonObject, parseJson } from '../core/json.ts';
import { createTransport } from '../http-client/transport.ts';
import { readWhole } from '../http-client/whole-body.ts';
import { parseSecret } from '../core/secret-store.ts';
import type { StoredSecret } from '../core/secret-store.ts';

/**
 * Reads a secret with a single attempt.
 *
 * @returns undefined when the answer is not a secret. Rejects when no answer comes.
 */
export type SignedSecretRead = (secretId: string, signal: AbortSignal) => Promise<StoredSecret | undefined>;

const service = 'secretsmanager';
const connectTimeoutMs = 1_000;
/** Some callers wait no longer than 3 s: this leaves time for the client to try. */
const timeoutMs = 1_500;
/** The largest answer that is read. A secret has at most 65,536 bytes, and in JSON each of them may take six. */
const mostBytes = 1_048_576;

/** Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export function createSignedSecretRead({ region, credentials, secretsManagerUrl: url }: AwsAccess): SignedSecretRead {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const transport = createTransport({ connectTimeoutMs });
  return async (secretId, signal) => {
    const body = JSON.stringify({ SecretId: secretId });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${service}.GetSecretValue`,
      },
      body,
    });
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await transport({ method: 'POST', url, headers, body }, bounded);
    const output = parseJson(await readWhole(response, mostBytes));
    if (!isJsonObject(output)) return undefined;
    const { SecretString: text, VersionId: version } = output;
    return typeof text === 'string' && typeof version === 'string' ? { value: parseSecret(text), version } : undefined;
  };
}

/** SHA-256 with the interface that the signer requires. With a secret it computes the HMAC. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: SourceData): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

type SourceData = string | ArrayBuffer | ArrayBufferView;

function toBytes(data: SourceData): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
