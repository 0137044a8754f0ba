// Seals a text for the state table: compresses it if it is large, and encrypts it with a key that is not stored.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { longestValueBytes } from '../core/state-table.ts';

/** The longest sealed text, in characters, that fits into an item together with the rest of its entry. */
export const longestSealedText = longestValueBytes - 1_000;

/** From how many bytes on a text is compressed: DynamoDB charges by the kilobyte. */
const compressedFromBytes = 2_048;
const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** The first byte says whether the text was compressed. */
const plain = Buffer.of(0);
const compressed = Buffer.of(1);

/**
 * Seals a text. The same text is sealed differently each time.
 *
 * @param key 32 bytes.
 * @returns base64: one byte for the form, the initialization vector, the authentication tag, and the encrypted text.
 */
export async function sealText(text: string, key: Buffer): Promise<string> {
  const bytes = Buffer.from(text);
  const isLarge = bytes.length >= compressedFromBytes;
  const form = isLarge ? compressed : plain;
  const content = isLarge ? await compress(bytes) : bytes;
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(cipherName, key, iv).setAAD(form);
  const sealed = [cipher.update(content), cipher.final()];
  return Buffer.concat([form, iv, cipher.getAuthTag(), ...sealed]).toString('base64');
}

/**
 * Opens what {@link sealText} has sealed with the same key.
 *
 * @throws Error when it was sealed with another key, was changed, or is something else.
 */
export async function openText(sealed: string, key: Buffer): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64');
  const form = bytes.subarray(0, 1);
  const iv = bytes.subarray(1, 1 + ivBytes);
  const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
  const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes }).setAAD(form).setAuthTag(tag);
  const content = Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes + tagBytes)), decipher.final()]);
  return (form.equals(compressed) ? await decompress(content) : content).toString();
}

async function compress(bytes: Buffer): Promise<Buffer> {
  const { gzip } = await import('node:zlib');
  return promisify(gzip)(bytes);
}

async function decompress(bytes: Buffer): Promise<Buffer> {
  const { gunzip } = await import('node:zlib');
  return promisify(gunzip)(bytes);
}
