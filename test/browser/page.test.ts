// What surrounds a call on the page, in a real browser: samples, search, history, keys, language, theme, width, keyboard.
import { readFileSync } from 'node:fs';
import { describeInBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';
import { usePlayground } from './use-playground.ts';

describeInBrowser('the playground', () => {
  const run = usePlayground();

  const readClipboard = (): Promise<string> => run.page.evaluate('navigator.clipboard.readText()');
  const openTab = (name: string): Promise<void> => run.page.getByRole('tab', { name }).click();

  it('shows the request it will send, and says so once it has sent it, without any secret', async () => {
    await run.playground.fill('Hello');
    const panel = run.page.getByRole('tabpanel');
    await expect(panel.innerText()).resolves.toContain('Not sent yet');
    await run.playground.send();
    const shown = await panel.innerText();
    expect(shown).toContain('Sent as shown');
    expect(shown).toContain(
      `${run.local.url}/oauth/2.0/token?grant_type=client_credentials&client_id=demo&client_secret=••••••`,
    );
    expect(shown).toContain(
      `${run.local.url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?access_token=••••••`,
    );
    expect(shown).toMatch(/Content-Type: application\/json[^]*\{\s+"prompt": "Hello",\s+"stream": true\s+\}/);
    await run.page.getByRole('radio', { name: 'OpenAI', exact: true }).check();
    await expect(panel.innerText()).resolves.toContain('Authorization: Bearer ••••••');
    await expect(run.page.locator('body').innerText()).resolves.not.toContain('demo-secret');
  });

  it('copies the answer, the request, the response and the code', async () => {
    await run.playground.fill('Hello');
    await run.playground.send();
    await run.page.getByRole('button', { name: 'Copy the answer' }).click();
    expect(await readClipboard()).toBe(await run.playground.answer.locator('pre').textContent());
    await run.page.getByRole('button', { name: 'Copy the request' }).click();
    expect(await readClipboard()).toMatch(/^POST http[^]*client_secret=••••••[^]*POST http[^]*"prompt": "Hello"/);
    await openTab('Response');
    await run.page.getByRole('button', { name: 'Copy the response' }).click();
    expect(await readClipboard()).toMatch(/^HTTP 200\n[^]*content-type: text\/event-stream[^]*data: \{/);
    await openTab('Code');
    await run.page.getByRole('button', { name: 'Copy the code' }).click();
    expect(await readClipboard()).toBe(await run.page.getByTestId('code').textContent());
  });

  it('downloads the code of each client, as it is shown and without a secret', async () => {
    await run.playground.fill('Hello');
    await openTab('Code');
    const clients = run.page.getByLabel('Client', { exact: true });
    const labels = await clients.locator('option').allInnerTexts();
    expect(labels).toHaveLength(7);
    for (const label of labels) {
      await clients.selectOption(label);
      const [download] = await Promise.all([
        run.page.waitForEvent('download'),
        run.page.getByRole('button', { name: /^Download/ }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^(?:completion\.(?:sh|py|mjs)|main\.go|Main\.java)$/);
      const code = readFileSync(await download.path(), 'utf8');
      expect(code).toBe(await run.page.getByTestId('code').textContent());
      expect(code).toContain('Hello');
      expect(code).not.toContain('demo-secret');
    }
  });

  it('finds models, parameters and errors, in both languages, and goes there', async () => {
    const field = run.page.getByRole('combobox', { name: 'Search models, parameters, errors' });
    await run.page.keyboard.press('/');
    await field.fill('starc');
    await expect(run.page.getByRole('option').first().innerText()).resolves.toMatch(/Model\s+StarCoder/);
    await run.page.keyboard.press('Enter');
    await expect(run.page.locator('#model').inputValue()).resolves.toBe('StarCoder');

    await field.fill('max_tok');
    await run.page.keyboard.press('Enter');
    // It is a parameter of the other dialect.
    await run.page.locator('#parameter-max_tokens:focus').waitFor();

    await field.fill('过载');
    await expect(run.page.getByRole('option').first().innerText()).resolves.toMatch(/high_load\s+336100/);
    const [document] = await Promise.all([
      run.playground.context.waitForEvent('page'),
      run.page.keyboard.press('Enter'),
    ]);
    expect(document.url()).toBe(`${run.local.url}/playground/errors.html#high_load`);

    await field.fill('nothing like it');
    await expect(run.page.locator('.search .nothing').innerText()).resolves.toBe('Nothing found');
  });

  it('lists the models that the key may call', async () => {
    await run.playground.fill('Hello');
    await run.page.getByRole('button', { name: 'List mine' }).click();
    const note = run.page.locator('#model-note');
    await note.getByText('11 models may be called').waitFor();
    await run.page.getByRole('button', { name: 'Pythia-12B', exact: true }).click();
    await expect(run.page.locator('#model').inputValue()).resolves.toBe('Pythia-12B');
    await run.page.locator('#clientSecret').fill('wrong');
    // They were those of another key.
    await note.getByText('A name, or the endpoint').waitFor();
    await run.page.getByRole('button', { name: 'List mine' }).click();
    await note.getByText('The models could not be listed: The key is not valid').waitFor();
    await expect(note.getAttribute('role')).resolves.toBe('status');
    await run.page.getByRole('radio', { name: 'access_token' }).check();
    await expect(run.page.getByRole('button', { name: 'List mine' }).count()).resolves.toBe(0);
  });

  it('has every parameter of each dialect with its limits', async () => {
    const names = (): Promise<string[]> => run.page.locator('.parameters .parameter label').allInnerTexts();
    const v1 = ['temperature', 'top_k', 'top_p', 'penalty_score', 'stop', 'user_id', 'max_output_tokens', 'system'];
    expect(await names()).toEqual(v1);
    await expect(run.page.locator('#parameter-penalty_score-note').innerText()).resolves.toContain(
      'a number in [1, 2]',
    );
    await expect(run.page.locator('#parameter-stop-note').innerText()).resolves.toContain(
      'at most 4, of up to 20 characters',
    );
    await run.page.getByRole('radio', { name: 'OpenAI', exact: true }).check();
    await expect(run.page.locator('#parameter-stop-note').innerText()).resolves.toContain(
      'at most 64, of up to 1024 characters',
    );
    expect(await names()).toEqual(expect.arrayContaining(['include_usage', 'max_tokens', 'n', 'echo', 'seed', 'user']));
    await expect(run.page.locator('#parameter-temperature-note').innerText()).resolves.toContain('a number in [0, 2]');
  });

  it('sends what the parameters say', async () => {
    await run.playground.fill('Hello');
    await run.page.locator('#parameter-top_p').fill('0.5');
    await run.page.locator('#parameter-stop').fill('one\ntwo\\n');
    await run.playground.send();
    await expect(run.page.locator('.wire pre').last().innerText()).resolves.toMatch(
      /"top_p": 0\.5,\s+"stop": \[\s+"one",\s+"two\\n"\s+\]/,
    );
    await expect(run.page.locator('.answer .state').innerText()).resolves.toBe('Complete');
  });

  it('keeps the calls in this browser, without keys, and brings them back', async () => {
    await run.playground.fill('The first');
    await run.playground.send();
    await run.page.locator('#prompt').fill('The second [fault error_code=18]');
    await run.playground.send();
    await run.page.reload();
    await openTab('History');
    const entries = await run.page.locator('.history li').allInnerTexts();
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatch(/failed\s+The second/);
    await run.page.getByRole('button', { name: /Use again The first/ }).click();
    await run.page.locator('#prompt:focus').waitFor();
    await expect(run.page.locator('#prompt').inputValue()).resolves.toBe('The first');
    const kept: string = await run.page.evaluate('JSON.stringify(localStorage)');
    expect(kept).toContain('The first');
    expect(kept).not.toContain('demo-secret');
    await run.page.getByRole('button', { name: 'Clear the history' }).click();
    expect(await run.page.evaluate('localStorage.getItem("qianfan-playground.history")')).toBeNull();
  });

  it('forgets the keys with the page, unless it is asked to keep them', async () => {
    const secret = run.page.locator('#clientSecret');
    await run.playground.fill('Hello');
    await run.page.reload();
    await expect(secret.inputValue()).resolves.toBe('');
    await run.playground.fill('Hello');
    await run.page.getByRole('checkbox').check();
    await run.page.reload();
    await expect(secret.inputValue()).resolves.toBe('demo-secret');
    await run.page.getByRole('checkbox').uncheck();
    await run.page.reload();
    await expect(secret.inputValue()).resolves.toBe('');
  });

  it('speaks the language of the browser, and keeps the one that was chosen', async () => {
    const chinese = await openPlayground(run.browser, run.local.url, { locale: 'zh-CN' });
    const title = chinese.page.getByRole('heading', { level: 1 });
    await expect(title.innerText()).resolves.toBe('千帆在线调试');
    await expect(chinese.page.locator('html').getAttribute('lang')).resolves.toBe('zh-CN');
    await chinese.fill('你好 [fault error_code=336100]');
    await chinese.send();
    await expect(chinese.page.getByRole('alert').innerText()).resolves.toMatch(/模型过载。[^]*high_load 的文档/);
    await chinese.page.getByRole('button', { name: 'English' }).click();
    await expect(title.innerText()).resolves.toBe('Qianfan playground');
    await chinese.page.reload();
    await expect(title.innerText()).resolves.toBe('Qianfan playground');
    await chinese.context.close();
  });

  it('follows the theme of the system, and keeps the one that was chosen', async () => {
    const background = (): Promise<string> => run.page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await run.page.emulateMedia({ colorScheme: 'dark' });
    const dark = await background();
    expect(dark).not.toBe(light);
    await run.page.getByLabel('Theme').selectOption('Light');
    expect(await background()).toBe(light);
    await run.page.emulateMedia({ colorScheme: 'light' });
    await run.page.getByLabel('Theme').selectOption('Dark');
    expect(await background()).toBe(dark);
    // Also while the page is still empty, because its settings are on their way.
    const settings = Promise.withResolvers<void>();
    await run.page.route('**/settings.json', async (route) => {
      await settings.promise;
      await route.continue();
    });
    await run.page.reload();
    expect(await background()).toBe(dark);
    expect(await run.page.getByLabel('Theme').count()).toBe(0);
    settings.resolve();
    await run.page.getByLabel('Theme').waitFor();
    expect(await background()).toBe(dark);
  });

  it('has no scroll to the side on a narrow screen, and shows the answer after Send', async () => {
    await run.page.setViewportSize({ width: 360, height: 740 });
    const width = (): Promise<number> => run.page.evaluate('document.documentElement.scrollWidth');
    await run.playground.fill(`A very long word: ${'x'.repeat(300)}`);
    expect(await width()).toBe(360);
    await run.playground.send();
    for (const tab of ['Request', 'Response', 'Code', 'History']) {
      await openTab(tab);
      expect({ tab, width: await width() }).toEqual({ tab, width: 360 });
    }
    expect(await run.page.evaluate('document.querySelector(".answer").getBoundingClientRect().top < innerHeight')).toBe(
      true,
    );
    await run.page.getByRole('combobox').first().fill('e');
    expect(await width()).toBe(360);
  });

  it('contacts nothing but its own host, and breaks no rule of its policy', async () => {
    await run.playground.fill('Hello');
    await run.playground.send();
    await openTab('Code');
    await run.page
      .getByRole('button', { name: 'English' })
      .or(run.page.getByRole('button', { name: '中文' }))
      .click();
    expect([...run.playground.hosts]).toEqual([new URL(run.local.url).host]);
    expect(run.playground.complaints).toEqual([]);
  });
});
