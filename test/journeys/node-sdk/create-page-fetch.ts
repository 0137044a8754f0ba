// `fetch` as a page in a browser has it: the rules of CORS are kept (https://fetch.spec.whatwg.org/#http-cors-protocol).

/** What no page can set. */
const forbiddenNames =
  /^(?:accept-(?:charset|encoding)|access-control-request-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/;
const simpleMethods = ['GET', 'HEAD', 'POST'];
const simpleNames = ['accept', 'accept-language', 'content-language', 'content-type'];
const simpleContentTypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
const readableNames = 'cache-control content-language content-length content-type expires last-modified pragma'.split(
  ' ',
);

/**
 * Creates the `fetch` of a page of the origin, for requests to other origins. Without a cache of preflights, and always
 * without cookies. Where a browser hides an answer it rejects with TypeError, as browsers do.
 */
export function createPageFetch(origin: string): typeof fetch {
  return async (input, init) => {
    const { method, url, headers: given, body, signal } = new Request(input, init);
    const headers = [...given].filter(([name]) => !forbiddenNames.test(name));
    const unsafeNames = headers.filter(([name, value]) => !isSimpleHeader(name, value)).map(([name]) => name);
    if (!simpleMethods.includes(method) || unsafeNames.length > 0) {
      await preflight(url, origin, method, unsafeNames.toSorted());
    }
    const response = await fetch(url, {
      method,
      headers: [...headers, ['Origin', origin]],
      body: body === null ? null : await new Response(body).arrayBuffer(),
      redirect: 'error',
      signal,
    });
    checkOrigin(response, origin);
    const exposed = [...readableNames, ...readList(response, 'access-control-expose-headers')];
    const readable = [...response.headers].filter(([name]) => exposed.includes(name));
    return new Response(response.body, { status: response.status, headers: readable });
  };
}

function isSimpleHeader(name: string, value: string): boolean {
  if (!simpleNames.includes(name) || value.length > 128) return false;
  const [essence = ''] = value.toLowerCase().split(';');
  return name !== 'content-type' || simpleContentTypes.includes(essence.trim());
}

async function preflight(url: string, origin: string, method: string, names: readonly string[]): Promise<void> {
  const asked = names.length === 0 ? {} : { 'Access-Control-Request-Headers': names.join(',') };
  const headers = { Origin: origin, 'Access-Control-Request-Method': method, ...asked };
  const response = await fetch(url, { method: 'OPTIONS', headers, redirect: 'error' });
  checkOrigin(response, origin);
  if (!response.ok) throw new TypeError(`Failed to fetch: the preflight has status ${response.status}`);
  const methods = [...simpleMethods, ...readList(response, 'access-control-allow-methods', (text) => text)];
  if (!methods.includes(method)) throw new TypeError(`Failed to fetch: the method ${method} is not allowed`);
  const allowed = readList(response, 'access-control-allow-headers');
  // "*" never stands for Authorization.
  const isAllowed = (name: string): boolean =>
    allowed.includes(name) || (allowed.includes('*') && name !== 'authorization');
  const refused = names.filter((name) => !isAllowed(name));
  if (refused.length > 0) throw new TypeError(`Failed to fetch: the headers ${refused.join()} are not allowed`);
}

function checkOrigin({ headers }: Response, origin: string): void {
  const allowed = headers.get('access-control-allow-origin');
  if (allowed !== '*' && allowed !== origin) throw new TypeError('Failed to fetch: the origin is not allowed');
}

function readList(
  { headers }: Response,
  name: string,
  normalise = (text: string): string => text.toLowerCase(),
): readonly string[] {
  return (headers.get(name) ?? '').split(',').map((item) => normalise(item.trim()));
}
