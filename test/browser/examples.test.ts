// The example pages in a real browser, on an origin of their own: the preflight and what the page may read are the browser's.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { describeInBrowser, launchBrowser } from './describe-in-browser.ts';

const examples = new URL('../../examples/', import.meta.url);

/** Whether the page with useCompletion can be built: its packages are beside it, or here. */
function canBuild(): boolean {
  try {
    createRequire(new URL('ai-sdk/main.jsx', examples)).resolve('@ai-sdk/react');
    return true;
  } catch {
    return false;
  }
}

/** Builds as the example's `npm start` does. */
function buildPage(): string {
  const entryPoints = [fileURLToPath(new URL('ai-sdk/main.jsx', examples))];
  const { outputFiles } = buildSync({ entryPoints, bundle: true, jsx: 'automatic', write: false });
  return outputFiles[0]?.text ?? '';
}

describeInBrowser('an example page', () => {
  let server: Server;
  let local: LocalRun;
  let browser: Browser;
  let port: number;
  const built = canBuild() ? buildPage() : '';

  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      const file = new URL(`.${url.endsWith('/') ? `${url}index.html` : url}`, examples);
      const isBuilt = url === '/ai-sdk/main.js';
      // A browser asks for an icon that is not there.
      if (!isBuilt && !existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      const type = file.pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
      response.writeHead(200, { 'Content-Type': type }).end(isBuilt ? built : readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    const environment = { ALLOWED_ORIGINS: `http://127.0.0.1:${port}` };
    [local, browser] = await Promise.all([startLocalRun(environment), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
    server?.close();
  });

  async function open(directory: string, host = '127.0.0.1'): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`http://${host}:${port}/${directory}/`);
    await page.getByLabel('Gateway').fill(local.url);
    return page;
  }

  const send = async (page: Page, prompt: string): Promise<void> => {
    await page.getByLabel('Prompt').fill(prompt);
    await page.getByRole('button', { name: 'Complete' }).click();
  };
  const waitForEnd = (page: Page): Promise<void> => page.locator('button[type=submit]:enabled').waitFor();
  const readAnswer = (page: Page): Promise<string> => page.locator('#answer').innerText();
  const readState = (page: Page): Promise<string> => page.getByRole('status').innerText();

  /** The same text, whole. */
  async function complete(prompt: string): Promise<string> {
    const headers = { Authorization: 'Bearer demo-secret' };
    const body = JSON.stringify({ model: 'StarCoder', prompt, max_tokens: 200 });
    const response = await fetch(`${local.url}/v1/completions`, { method: 'POST', headers, body });
    return ((await response.json()) as { choices: [{ text: string }] }).choices[0].text;
  }

  const describePage = (directory: string): void => {
    it('shows the text while it arrives, and then the whole', async () => {
      const page = await open(directory);
      const prompt = 'Slowly [fault frames=12 frame_delay_ms=150]';
      await send(page, prompt);
      await page.waitForFunction(`document.querySelector('#answer').textContent !== ''`);
      expect(await readState(page)).toBe('Writing …');
      const early = await readAnswer(page);
      await waitForEnd(page);
      const whole = await readAnswer(page);
      expect(whole).toBe(await complete(prompt));
      expect(whole.startsWith(early)).toBe(true);
      expect(early.length).toBeLessThan(whole.length);
      await page.close();
    });

    it('stops at the button, keeps what has come, and leaves the upstream no work', async () => {
      const page = await open(directory);
      const { abortedRequests } = await readSimulatorCounts(local.simulatorUrl);
      await send(page, 'Endless [fault frames=2000]');
      await page.waitForFunction(`document.querySelector('#answer').textContent !== ''`);
      await page.getByRole('button', { name: 'Stop' }).click();
      await waitForEnd(page);
      expect(await readAnswer(page)).not.toBe('');
      while ((await readSimulatorCounts(local.simulatorUrl)).abortedRequests === abortedRequests) {
        await new Promise((resolve) => void setTimeout(resolve, 20));
      }
      await page.close();
    });

    it('says what the gateway refuses, and what fails in the middle', async () => {
      const page = await open(directory);
      await page.getByLabel('Key, or token of a signed-in user').fill('wrong');
      await send(page, 'Hi');
      await waitForEnd(page);
      expect(await readState(page)).toMatch(/key/);
      await page.getByLabel('Key, or token of a signed-in user').fill('demo-secret');
      await send(page, 'Hi [fault error_after_frames=2 error_code=336000]');
      await waitForEnd(page);
      expect(await readState(page)).toMatch(/^Internal error/i);
      expect(await readAnswer(page)).not.toBe('');
      await page.close();
    });

    it('is refused by the browser on an origin that is not allowed', async () => {
      const page = await open(directory, 'localhost');
      await send(page, 'Hi');
      await waitForEnd(page);
      expect(await readState(page)).toMatch(/^Failed to fetch/);
      await page.close();
    });
  };

  describe('with fetch', () => {
    describePage('browser');
  });

  const describeIfBuilt = built === '' ? describe.skip : describe;
  describeIfBuilt('with useCompletion (skipped without its packages: npm install in examples/ai-sdk)', () =>
    describePage('ai-sdk'),
  );
});
