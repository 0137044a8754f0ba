// Serves the playground over HTTP: static files under any prefix, with headers that let the page connect only to its gateway.
import { createHash } from 'node:crypto';
import type { HttpHandler, HttpRequest, HttpResponse } from '../core/http.ts';

export interface PageOptions {
  /** Returns the content of a file of the page; undefined when there is no such file. */
  readonly readFile: (name: string) => Promise<string | undefined>;
  /** The gateway's URL, if it has another origin than the page. */
  readonly gatewayUrl: string | undefined;
  /** Whether the page may offer the client `demo` of a local run. Default: false. */
  readonly hasDemoClient?: boolean;
}

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
};

/**
 * Creates the handler. The last segment of a path names the file, whatever precedes it. A path that ends in
 * `/playground` or in a slash is the page itself.
 */
export function createPageHandler({ readFile, gatewayUrl, hasDemoClient = false }: PageOptions): HttpHandler {
  const shared = createSharedHeaders(gatewayUrl);
  const settings = JSON.stringify({ gatewayUrl, ...(hasDemoClient ? { hasDemoClient } : {}) });

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerText(405, 'Use GET', { ...shared, Allow: 'GET, HEAD' });
    }
    const name = nameFile(request.path);
    const content = name === 'settings.json' ? settings : await readFile(name);
    if (content === undefined) return answerText(404, 'The playground has no such file', shared);
    return answerFile(request, name, content, shared);
  };
}

function nameFile(path: string): string {
  const segment = path.slice(path.lastIndexOf('/') + 1);
  return segment === '' || segment === 'playground' ? 'index.html' : segment;
}

function answerFile(
  request: HttpRequest,
  name: string,
  content: string,
  shared: Readonly<Record<string, string>>,
): HttpResponse {
  // File names do not change between versions, so a browser has to check with the tag before it uses a cached file.
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const type = contentTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const headers = { ...shared, 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: tag };
  if (request.headers['if-none-match'] === tag) return { status: 304, headers, body: '' };
  return { status: 200, headers, body: request.method === 'HEAD' ? '' : content };
}

function answerText(status: number, text: string, headers: Readonly<Record<string, string>>): HttpResponse {
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body: text };
}

/** Users type keys into this page, so only its own files may run in it, and no other page may frame it. */
function createSharedHeaders(gatewayUrl: string | undefined): Readonly<Record<string, string>> {
  const gateway = gatewayUrl === undefined ? '' : ` ${new URL(gatewayUrl).origin}`;
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self'`,
    `connect-src 'self'${gateway}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
