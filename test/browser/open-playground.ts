// Opens the playground in a fresh context and watches what it does that it should not.
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';

export interface Playground {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a reader of the answer sees. */
  readonly answer: Locator;
  /** Warnings and errors of the console, and errors that nobody caught; failed loads of the API's own answers aside. */
  readonly complaints: readonly string[];
  /** The hosts of all requests. */
  readonly hosts: ReadonlySet<string>;
  /** Fills in keys and prompt. */
  readonly fill: (prompt: string) => Promise<void>;
  /** Sends with the button and waits until the call has ended. */
  readonly send: () => Promise<void>;
}

/** What a test may choose of the browser. */
export type PlaygroundOptions = BrowserContextOptions & { readonly path?: string };

/** Opens the page of a local run, in English unless something else is asked for. */
export async function openPlayground(
  browser: Browser,
  gatewayUrl: string,
  { path = '/playground', ...options }: PlaygroundOptions = {},
): Promise<Playground> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    colorScheme: 'light',
    ...options,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gatewayUrl });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    const isApiStatus = message.text().startsWith('Failed to load resource: the server responded with a status of');
    if (['warning', 'error'].includes(message.type()) && !isApiStatus) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  context.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${gatewayUrl}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return {
    page,
    context,
    answer: page.getByTestId('answer'),
    complaints,
    hosts,
    fill: async (prompt) => {
      const id = page.locator('#clientId');
      if (await id.isVisible()) await id.fill('demo');
      await page.locator('#clientSecret').fill('demo-secret');
      await page.locator('#prompt').fill(prompt);
    },
    send: async () => {
      await page.locator('button[type=submit]').click();
      await page.locator('.answer .state:is(.done, .failed, .stopped)').waitFor();
    },
  };
}
