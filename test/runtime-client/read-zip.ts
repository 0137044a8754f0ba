// The files of a zip archive, as Lambda unpacks it.
import { inflateRawSync } from 'node:zlib';

const stored = 0;
const deflated = 8;

/** Returns path → content. Throws for what the archives of a deployment never are: encrypted, split or over 4 GB. */
export function readZip(zip: Buffer): ReadonlyMap<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1) throw new Error('Not a zip archive');
  const files = new Map<string, Buffer>();
  let offset = zip.readUInt32LE(end + 16);
  for (let remaining = zip.readUInt16LE(end + 10); remaining > 0; remaining -= 1) {
    const nameLength = zip.readUInt16LE(offset + 28);
    const path = zip.toString('utf8', offset + 46, offset + 46 + nameLength);
    files.set(path, readFile(zip, offset));
    offset += 46 + nameLength + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
  }
  return files;
}

/** Reads the file that an entry of the central directory describes. */
function readFile(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const header = zip.readUInt32LE(entry + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const content = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  if (method === stored) return content;
  if (method === deflated) return inflateRawSync(content);
  throw new Error(`The compression method ${method} is not one that Lambda knows`);
}
