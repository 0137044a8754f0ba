// UriEncode of bce-auth-v1, and its inverse for a path that is already encoded.

const percent = 0x25;
const slash = 0x2f;
const encodedBytes = Array.from({ length: 256 }, (_, byte) => encodeByte(byte));

/**
 * UriEncode: keeps `A-Z a-z 0-9 - . _ ~` and writes every other byte as `%XX` in upper case. A text is encoded as UTF-8
 * first, bytes are taken as they are. Source: https://cloud.baidu.com/doc/Reference/s/njwvz1yfu
 */
export function uriEncode(value: string | Uint8Array): string {
  let encoded = '';
  for (const byte of toBytes(value)) encoded += encodedBytes[byte] ?? '';
  return encoded;
}

/** UriEncodeExceptSlash: UriEncode that keeps `/`, for paths. */
export function uriEncodeExceptSlash(value: string | Uint8Array): string {
  let encoded = '';
  for (const byte of toBytes(value)) encoded += byte === slash ? '/' : (encodedBytes[byte] ?? '');
  return encoded;
}

/** Decodes a percent-encoded text to bytes. A `%` that is not followed by two hexadecimal digits is kept as it is. */
export function percentDecode(text: string): Uint8Array {
  const source = toBytes(text);
  const decoded: number[] = [];
  for (let index = 0; index < source.length; index += 1) {
    const byte = source[index] ?? 0;
    const value = byte === percent ? hexValue(source[index + 1]) * 16 + hexValue(source[index + 2]) : Number.NaN;
    if (Number.isNaN(value)) {
      decoded.push(byte);
    } else {
      decoded.push(value);
      index += 2;
    }
  }
  return Uint8Array.from(decoded);
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Returns the value of a hexadecimal digit; NaN for any other byte. */
function hexValue(byte: number | undefined): number {
  const digit = byte === undefined ? '' : String.fromCharCode(byte);
  return /[0-9A-Fa-f]/.test(digit) ? Number.parseInt(digit, 16) : Number.NaN;
}
