// UriEncode of bce-auth-v1, and the way back for a path that is already encoded.

const percent = 0x25;
const slash = 0x2f;
const encodedBytes = Array.from({ length: 256 }, (_, byte) => encodeByte(byte));

/**
 * UriEncode: the UTF-8 bytes of a text, with `A-Z a-z 0-9 - . _ ~` as they are and every other byte as an upper-case
 * `%XX`. Bytes are taken as they come. Source: https://cloud.baidu.com/doc/Reference/s/njwvz1yfu
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

/** The bytes a percent-encoded text stands for. A `%` that two hexadecimal digits do not follow stands for itself. */
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

/** NaN for what is not a hexadecimal digit. */
function hexValue(byte: number | undefined): number {
  const digit = byte === undefined ? '' : String.fromCharCode(byte);
  return /[0-9A-Fa-f]/.test(digit) ? Number.parseInt(digit, 16) : Number.NaN;
}
