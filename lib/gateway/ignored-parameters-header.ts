// The header that names what a request asked for and did not get.

const mostBytes = 4_096;

/**
 * Writes `X-Ignored-Parameters`: the names as they were sent, separated by commas. What is not printable ASCII is
 * percent-encoded as UTF-8, and so are the comma, the space and the percent sign. It has at most 4 KB: names that come after
 * that are left out.
 *
 * @returns No header where nothing was ignored.
 */
export function describeIgnoredParameters(names: readonly string[] = []): Readonly<Record<string, string>> {
  let value = '';
  for (const name of names) {
    const next = value === '' ? encodeName(name) : `${value}, ${encodeName(name)}`;
    if (next.length > mostBytes) break;
    value = next;
  }
  return value === '' ? {} : { 'X-Ignored-Parameters': value };
}

function encodeName(name: string): string {
  return name.toWellFormed().replace(/[^\x21-\x7e]|[,%]/gu, (character) => {
    const bytes = [...Buffer.from(character)];
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}
