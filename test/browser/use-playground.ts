// The playground of a local run in a browser, fresh for each test.
import type { Browser } from 'playwright-core';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { launchBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';
import type { Playground } from './open-playground.ts';

export interface UsedPlayground {
  /** There from `beforeAll` on, as is the browser. */
  readonly local: LocalRun;
  readonly browser: Browser;
  /** There from `beforeEach` on, as is its page. */
  readonly playground: Playground;
  readonly page: Playground['page'];
}

/** Starts a local run and a browser for the tests around the call, and opens the playground before each of them. */
export function usePlayground(): UsedPlayground {
  let local: LocalRun;
  let browser: Browser;
  let playground: Playground;

  beforeAll(async () => {
    [local, browser] = await Promise.all([startLocalRun(), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
  });

  beforeEach(async () => {
    playground = await openPlayground(browser, local.url);
  });

  afterEach(() => playground.context.close());

  return {
    get local() {
      return local;
    },
    get browser() {
      return browser;
    },
    get playground() {
      return playground;
    },
    get page() {
      return playground.page;
    },
  };
}
