// The bytes of an HTTP/1.1 request, header for header as given.

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Request line, headers in order, and the body; nothing is added. */
export function writeRequest(method: string, target: string, headers: HeaderList, body = ''): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n${body}`;
}
