// The static files of the playground over HTTP, and the headers that keep keys in the page.
import { createPageHandler } from '../../../lib/playground/serve-page.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';

const files: Readonly<Record<string, string>> = { 'index.html': '<!doctype html>', 'app.js': 'start()' };

async function ask(path: string, changes: object = {}, gatewayUrl?: string): Promise<HttpResponse> {
  const handle = createPageHandler({ readFile: async (name) => files[name], gatewayUrl });
  const request = { method: 'GET', path, query: [], headers: {}, body: Buffer.alloc(0), requestId: 'r', ...changes };
  return handle(request, { signal: AbortSignal.timeout(10_000), deadlineMs: Infinity });
}

it.each(['/playground', '/playground/', '/dev/playground', '/', '/dev/playground/index.html'])(
  'the page is at %s',
  async (path) => {
    expect(await ask(path)).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
      body: '<!doctype html>',
    });
  },
);

it('a file is found under any prefix, and anything else is not', async () => {
  expect(await ask('/dev/playground/app.js')).toMatchObject({ status: 200, body: 'start()' });
  expect(await ask('/playground/other.js')).toMatchObject({ status: 404 });
  expect(await ask('/playground/..%2fapp.js')).toMatchObject({ status: 404 });
});

it('a file that the browser has already is not sent again', async () => {
  const { headers } = await ask('/playground/app.js');
  const again = await ask('/playground/app.js', { headers: { 'if-none-match': headers['ETag'] } });
  expect(again).toMatchObject({ status: 304, body: '' });
  expect(await ask('/playground/app.js', { headers: { 'if-none-match': '"old"' } })).toMatchObject({ status: 200 });
});

it('only GET and HEAD are answered', async () => {
  expect(await ask('/playground', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask('/playground', { method: 'POST' })).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } });
});

it('nothing may run in the page or frame it, and it may connect to its own host only', async () => {
  for (const path of ['/playground', '/playground/none.js']) {
    const { headers } = await ask(path);
    expect(headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
    const policy = headers['Content-Security-Policy'] ?? '';
    expect(policy.split('; ').toSorted()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self'",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
  }
});

it('a gateway of another origin is named to the page and allowed by its policy', async () => {
  const gatewayUrl = 'https://abc.lambda-url.eu-west-1.on.aws';
  const { body, headers } = await ask('/playground/settings.json', {}, gatewayUrl);
  expect(body).toBe(JSON.stringify({ gatewayUrl }));
  expect(headers['Content-Security-Policy']).toContain(`connect-src 'self' ${gatewayUrl};`);
  expect(await ask('/playground/settings.json')).toMatchObject({ body: '{}' });
});

it('the client of a local run is mentioned only where the server was told to', async () => {
  const options = { readFile: async () => undefined, gatewayUrl: undefined, hasDemoClient: true };
  const request = { method: 'GET', query: [], headers: {}, body: Buffer.alloc(0), requestId: 'r' };
  const call = { signal: AbortSignal.timeout(10_000), deadlineMs: Infinity };
  const { body } = await createPageHandler(options)({ ...request, path: '/playground/settings.json' }, call);
  expect(body).toBe('{"hasDemoClient":true}');
});
