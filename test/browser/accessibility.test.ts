// The page by keyboard alone, and as axe sees it, in a real browser.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { describeInBrowser, launchBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';
import type { Playground } from './open-playground.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds on the page as it is now, each in a line. */
async function findViolations(page: Playground['page']): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

describeInBrowser('the playground, for everybody', () => {
  let local: LocalRun;
  let browser: Browser;

  beforeAll(async () => {
    [local, browser] = await Promise.all([startLocalRun(), launchBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await local?.stop();
  });

  it.each([
    { colorScheme: 'light', locale: 'en-US', width: 1280 },
    { colorScheme: 'dark', locale: 'zh-CN', width: 1280 },
    { colorScheme: 'light', locale: 'zh-CN', width: 360 },
    { colorScheme: 'dark', locale: 'en-US', width: 360 },
  ] as const)('gives axe nothing to complain of: %j', async ({ colorScheme, locale, width }) => {
    const viewport = { width, height: 800 };
    const { page, context, fill, send } = await openPlayground(browser, local.url, { colorScheme, locale, viewport });
    // With the hint of a local run.
    expect(await findViolations(page)).toEqual([]);
    await fill('Hello');
    await page.locator('.headers summary').click();
    await page.locator('#header-idempotency').fill('one two');
    await page.locator('#parameter-temperature').fill('9');
    await send();
    // Refused: the error is on the page as well.
    expect(await findViolations(page)).toEqual([]);
    await page.locator('#parameter-temperature').fill('0.9');
    await page.locator('#header-idempotency').fill('');
    await send();
    for (const tab of ['response', 'code', 'history']) {
      await page.locator(`#tab-${tab}`).click();
      // With its list over the page.
      if (tab === 'history') await page.locator('[role=combobox]').fill('e');
      expect({ tab, violations: await findViolations(page) }).toEqual({ tab, violations: [] });
    }
    await page.goto(`${local.url}/playground/errors.html`);
    expect(await findViolations(page)).toEqual([]);
    await context.close();
  });

  it('finds a fault where there is one', async () => {
    const { page, context } = await openPlayground(browser, local.url);
    await page.evaluate(`document.querySelector('label[for=prompt]').remove()`);
    expect(await findViolations(page)).toContainEqual(expect.stringMatching(/^label[\w-]*: .*id="prompt"/));
    await context.close();
  });

  it('is used by keyboard alone, and always shows where it is', async () => {
    const { page, context, answer } = await openPlayground(browser, local.url);
    const press = (key: string): Promise<void> => page.keyboard.press(key);
    const focused = (): Promise<string> =>
      page.evaluate(`document.activeElement.id || document.activeElement.textContent.trim()`);
    const isVisible = (): Promise<boolean> =>
      page.evaluate(`(() => {
        const shown = document.activeElement.matches('.segments input') ? document.activeElement.nextElementSibling : document.activeElement;
        return getComputedStyle(shown).outlineStyle === 'solid' || document.activeElement === document.body;
      })()`);
    const tabTo = async (wanted: string): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        await press('Tab');
        expect({ at: await focused(), visible: await isVisible() }).toEqual({ at: expect.anything(), visible: true });
        if ((await focused()).startsWith(wanted)) return;
      }
      throw new Error(`Tab does not reach ${wanted}`);
    };
    await press('Tab');
    expect(await focused()).toBe('Skip to the result');
    await tabTo('clientId');
    await page.keyboard.type('demo');
    await tabTo('clientSecret');
    await page.keyboard.type('demo-secret');
    await tabTo('prompt');
    await page.keyboard.type('Slowly [fault frames=100 frame_delay_ms=100]');
    await press('Control+Enter');
    await answer.locator('pre').waitFor();
    await press('Escape');
    await page.getByText('Stopped by you').waitFor();
    await press('Control+a');
    await page.keyboard.type('Hello');
    await tabTo('Send');
    await press('Enter');
    await page.getByText('Complete', { exact: true }).waitFor();
    // The button has been Stop in between.
    expect(await focused()).toMatch(/^Send/);
    await press('Shift+Tab');
    expect(await focused()).toMatch(/^Headers/);
    await press('Enter');
    await tabTo('New UUID');
    await tabTo('tab-request');
    await press('ArrowRight');
    await press('ArrowRight');
    expect(await focused()).toBe('tab-code');
    await page.getByTestId('code').waitFor();
    await press('End');
    expect(await focused()).toBe('tab-history');
    await tabTo('Use again');
    await press('Enter');
    await expect(page.locator('#prompt').inputValue()).resolves.toMatch(/Hello/);
    await context.close();
  });
});
