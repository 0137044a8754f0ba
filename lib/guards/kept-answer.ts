// Seals an answer for the table: compressed if it is large, and encrypted with a key derived from its request.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { parseJson } from '../core/json.ts';
import { lazy } from '../core/lazy.ts';

const answerSchema = lazy(() =>
  z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
);

/** A whole answer; of a stream, all its pieces as one text. */
export type KeptAnswer = z.infer<ReturnType<typeof answerSchema>>;

/** From how many bytes on an answer is compressed: DynamoDB charges by the kilobyte. */
const compressedFromBytes = 2_048;
const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const plain = Buffer.of(0);
const compressed = Buffer.of(1);

/**
 * Packs an answer into text.
 *
 * @param key 32 bytes.
 */
export async function sealAnswer(answer: KeptAnswer, key: Buffer): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(answer));
  const isLarge = bytes.length >= compressedFromBytes;
  const form = isLarge ? compressed : plain;
  const content = isLarge ? await compress(bytes) : bytes;
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(cipherName, key, iv).setAAD(form);
  const sealed = [cipher.update(content), cipher.final()];
  return Buffer.concat([form, iv, cipher.getAuthTag(), ...sealed]).toString('base64');
}

/** Unpacks what {@link sealAnswer} has packed with the same key; throws when it is anything else. */
export async function openAnswer(text: string, key: Buffer): Promise<KeptAnswer> {
  const bytes = Buffer.from(text, 'base64');
  const form = bytes.subarray(0, 1);
  const iv = bytes.subarray(1, 1 + ivBytes);
  const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
  const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes }).setAAD(form).setAuthTag(tag);
  const content = Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes + tagBytes)), decipher.final()]);
  const json = form.equals(compressed) ? await decompress(content) : content;
  return answerSchema().parse(parseJson(json.toString()));
}

async function compress(bytes: Buffer): Promise<Buffer> {
  const { gzip } = await import('node:zlib');
  return promisify(gzip)(bytes);
}

async function decompress(bytes: Buffer): Promise<Buffer> {
  const { gunzip } = await import('node:zlib');
  return promisify(gunzip)(bytes);
}
