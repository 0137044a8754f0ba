// The page on an address of its own, as with a function URL: the gateway has another origin.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import type { HttpHandler } from '../../lib/core/http.ts';
import { createPageHandler } from '../../lib/playground/serve-page.ts';
import { buildPage } from '../../build/page.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { describeInBrowser, launchBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';

/** Serves what a handler answers, which may come later than the server. */
async function startPageServer(
  getHandler: () => HttpHandler,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const { method = '', url = '/' } = request;
    const asked = { method, path: url, query: [], headers: {}, body: Buffer.alloc(0), requestId: '' };
    const call = { signal: AbortSignal.timeout(10_000), deadlineMs: Infinity };
    void getHandler()(asked, call).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describeInBrowser('the playground on an address of its own', () => {
  let local: LocalRun;
  let browser: Browser;
  let server: Server;
  let url: string;
  let handler: HttpHandler;

  beforeAll(async () => {
    ({ server, url } = await startPageServer(() => handler));
    const page = await buildPage();
    [local, browser] = await Promise.all([startLocalRun({ ALLOWED_ORIGINS: url }), launchBrowser()]);
    handler = createPageHandler({ readFile: async (name) => page.get(name), gatewayUrl: local.url });
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    server?.close();
  });

  it('calls the gateway that its server names, and nobody else', async () => {
    const playground = await openPlayground(browser, url, { path: '/' });
    // Its server is no local run, though the gateway is.
    await expect(playground.page.locator('.hint').count()).resolves.toBe(0);
    await playground.page.getByRole('radio', { name: 'OpenAI', exact: true }).check();
    await playground.fill('Hello');
    await playground.send();
    await expect(playground.page.locator('.answer .state').innerText()).resolves.toBe('Complete');
    expect(new Set(playground.hosts)).toEqual(new Set([url, local.url].map((each) => new URL(each).host)));
    expect(playground.complaints).toEqual([]);
    await playground.context.close();
  });

  it('says why client keys cannot be exchanged from there', async () => {
    const { page, context, fill, send } = await openPlayground(browser, url, { path: '/' });
    await fill('Hello');
    await send();
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/another origin[^]*give an access_token/);
    await context.close();
  });
});
