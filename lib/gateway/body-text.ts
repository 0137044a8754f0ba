// The body of a request as text.
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest } from '../core/http.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The body as text, without a byte order mark if it has one.
 *
 * @throws GatewayError `body_too_large` before anything is parsed, `invalid_json` when it is not UTF-8.
 */
export function readBodyText({ body }: HttpRequest, maxBodyBytes: number): string {
  if (body.length > maxBodyBytes) {
    const message = `The request body has ${body.length} bytes; the limit is ${maxBodyBytes}`;
    throw new GatewayError('body_too_large', message);
  }
  try {
    return utf8.decode(body);
  } catch {
    throw new GatewayError('invalid_json', 'Invalid JSON: the body is not UTF-8');
  }
}
