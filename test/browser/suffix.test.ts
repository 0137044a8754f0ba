// Filling in the middle on the page, in a real browser: the field, the text in its place, and the call as a program.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describeInBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';
import { usePlayground } from './use-playground.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const before = 'def maximum(numbers):\n    ';
const after = '\n    return largest\n';

describeInBrowser('a suffix on the playground', () => {
  const run = usePlayground();

  /** Chooses the dialect, and fills in a model that fills in the middle on V1 too, the prompt and the suffix. */
  const fillGap = async (prompt = before): Promise<void> => {
    await run.page.getByRole('radio', { name: 'OpenAI', exact: true }).check();
    await run.page.locator('#model').fill('StarCoder');
    await run.playground.fill(prompt);
    await run.page.getByLabel('Suffix: the text after the gap').fill(after);
  };

  it('has a field in the OpenAI dialect, right after the prompt, which the search finds', async () => {
    const field = run.page.locator('#parameter-suffix');
    await expect(field.count()).resolves.toBe(0);
    await fillGap();
    await run.page.locator('#prompt').focus();
    await run.page.keyboard.press('Tab');
    await expect(run.page.locator('#parameter-suffix:focus').count()).resolves.toBe(1);
    await expect(run.page.locator('.parameters legend').innerText()).resolves.toMatch(/\b1 set/);
    await run.page.locator('#parameter-temperature').fill('0.5');
    await run.page.getByRole('button', { name: 'Reset' }).click();
    await expect(field.inputValue()).resolves.toBe(after);
  });

  it.each(['While it is written (stream)', 'When it is complete (sync)'])(
    'shows what was filled in between prompt and suffix: %s',
    async (mode) => {
      await fillGap();
      await run.page.getByRole('radio', { name: mode }).check();
      const [request] = await Promise.all([run.page.waitForRequest(/completions$/), run.playground.send()]);
      expect(request.postDataJSON()).toMatchObject({ model: 'StarCoder', prompt: before, suffix: after });
      const group = run.playground.answer.getByRole('group', { name: 'Answer between prompt and suffix' });
      const filled = (await group.locator('ins').textContent()) ?? '';
      expect(filled).toMatch(/\w/);
      await expect(group.textContent()).resolves.toBe(
        `${before}Filled in: ${filled} End of what was filled in. ${after}`,
      );
      await run.page.getByRole('tab', { name: 'Code' }).click();
      await expect(run.page.getByTestId('code').innerText()).resolves.toContain(JSON.stringify(after));
      await run.page.evaluate(axe);
      const { violations } = await run.page.evaluate<{ violations: { id: string }[] }>('axe.run()');
      expect(violations.map(({ id }) => id)).toEqual([]);
      expect(run.playground.complaints).toEqual([]);
    },
  );

  it('copies what was filled in, and nothing around it', async () => {
    await fillGap();
    await run.playground.send();
    const filled = await run.playground.answer.locator('ins').textContent();
    await run.page.getByRole('button', { name: 'Copy the answer' }).click();
    await run.page.getByText('Copied').first().waitFor();
    await expect(run.page.evaluate('navigator.clipboard.readText()')).resolves.toBe(filled);
  });

  it('lets the prompt be empty, and is gone in the V1 dialect', async () => {
    await fillGap('');
    await run.playground.send();
    await expect(run.playground.answer.locator('ins').textContent()).resolves.toMatch(/\w/);
    await run.page.getByRole('radio', { name: 'Qianfan V1' }).check();
    await expect(run.page.locator('#parameter-suffix').count()).resolves.toBe(0);
    await expect(run.page.locator('#prompt').evaluate((element) => element.matches(':invalid'))).resolves.toBe(true);
  });

  it('says in Chinese what it is', async () => {
    const chinese = await openPlayground(run.browser, run.local.url, { locale: 'zh-CN' });
    await chinese.page.getByRole('radio', { name: 'OpenAI' }).check();
    await chinese.page.getByLabel('Suffix：空缺之后的文本').fill('x');
    await expect(chinese.page.locator('#parameter-suffix-note').innerText()).resolves.toMatch(
      /^模型写出 prompt 与这段文本之间的内容/,
    );
    await chinese.context.close();
  });
});
