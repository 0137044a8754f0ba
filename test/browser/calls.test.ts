// Calls made on the page in a real browser: both dialects, sync and stream, cancelled and failed.
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { createV1Client } from '../servers/v1-client.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { openPlayground } from './open-playground.ts';
import type { Playground } from './open-playground.ts';
import { usePlayground } from './use-playground.ts';

const prompt = 'In Bash, how do I list all text files?';

describeInBrowser('a call on the playground', () => {
  const run = usePlayground();
  let expected: string;

  beforeAll(async () => {
    const client = await createV1Client(run.local.url);
    expected = (await client.complete('sqlcoder_7b', { prompt })).result ?? '';
    expect(expected).not.toBe('');
  });

  const choose = (name: string): Promise<void> => run.page.getByRole('radio', { name, exact: true }).check();
  const readAnswer = async (): Promise<string> => (await run.playground.answer.locator('pre').textContent()) ?? '';

  it.each([
    ['V1, as a stream', ['Qianfan V1', 'While it is written (stream)']],
    ['V1, at once', ['Qianfan V1', 'When it is complete (sync)']],
    ['OpenAI, as a stream', ['OpenAI', 'While it is written (stream)']],
    ['OpenAI, at once', ['OpenAI', 'When it is complete (sync)']],
  ])('brings the whole answer, its times and its usage: %s', async (_title, choices) => {
    for (const name of choices) await choose(name);
    await run.playground.fill(prompt);
    await run.playground.send();
    expect(await readAnswer()).toBe(expected);
    const measures = await run.page.locator('.measures').innerText();
    expect(measures).toMatch(/First token\s+[\d.]+ m?s\s+Total\s+[\d.]+ m?s\s+Speed\s+[\d.]+ token\/s/);
    expect(measures).toMatch(/Prompt\s+9 tokens\s+Completion\s+\d+ tokens\s+Sum\s+\d+ tokens/);
    expect(run.playground.complaints).toEqual([]);
  });

  it('shows the answer while it arrives, and each event with the time of its arrival', async () => {
    const { page, answer, fill } = run.playground;
    await fill('Slowly [fault frames=12 frame_delay_ms=150]');
    await page.locator('button[type=submit]').click();
    await page.locator('.answer .state.streaming').waitFor();
    await answer.locator('pre').waitFor();
    const early = await readAnswer();
    await page.locator('.answer .state.done').waitFor();
    const whole = await readAnswer();
    expect(whole.startsWith(early.trimEnd())).toBe(true);
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(whole.length);

    await page.getByRole('tab', { name: 'Response' }).click();
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows).toHaveLength(12);
    expect(rows.every((row) => /^[\d.]+ m?s\s+\{"id".*\}$/s.test(row))).toBe(true);
    const toMs = (row: string): number => Number.parseFloat(row) * (/^[\d.]+ ms/.test(row) ? 1 : 1_000);
    const times = rows.map(toMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_000);
  });

  it.each([
    ['its button', (page: Playground['page']) => page.getByRole('button', { name: /^Stop/ }).first().click()],
    ['Escape', (page: Playground['page']) => page.keyboard.press('Escape')],
  ])('is cancelled upstream by %s', async (_title, stop) => {
    const { page, answer, fill } = run.playground;
    const before = await readSimulatorCounts(run.local.simulatorUrl);
    await fill('Endless [fault frames=400 frame_delay_ms=100]');
    await page.locator('button[type=submit]').click();
    await answer.locator('pre').waitFor();
    await stop(page);
    await page.getByText('Stopped by you: the request was cancelled').waitFor();
    const stoppedAt = await readAnswer();
    let aborted = before.abortedRequests;
    while (aborted === before.abortedRequests) {
      await page.waitForTimeout(20);
      aborted = (await readSimulatorCounts(run.local.simulatorUrl)).abortedRequests;
    }
    expect(aborted).toBe(before.abortedRequests + 1);
    expect(await readAnswer()).toBe(stoppedAt);
  });

  it.each([
    ['V1', 'Qianfan V1', '336100 · high_load', 'HTTP 200'],
    ['OpenAI', 'OpenAI', 'high_load', 'HTTP 503'],
  ])(
    'that fails is explained in words, with the documentation of its code: %s',
    async (_title, dialect, name, status) => {
      const { page, context, fill, send } = run.playground;
      await choose(dialect);
      await fill('Hi [fault error_code=336100]');
      await send();
      const error = page.getByRole('alert');
      await expect(error.innerText()).resolves.toContain(name);
      await expect(error.innerText()).resolves.toContain(status);
      await expect(error.innerText()).resolves.toMatch(/The model is overloaded\.[^]*Worth a retry: yes/);
      const [document] = await Promise.all([context.waitForEvent('page'), error.getByRole('link').click()]);
      await document.waitForLoadState();
      await expect(document.locator('section:target').innerText()).resolves.toMatch(
        /high_load[^]*overloaded[^]*336100/,
      );
    },
  );

  it('keeps the end of a long answer in sight, unless the reader scrolls up', async () => {
    const { page, fill, send } = run.playground;
    const restHeight = `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('.answer .text'))`;
    await fill('Long [fault words=900 frame_delay_ms=10]');
    await send();
    expect(await page.evaluate(restHeight)).toBeLessThan(2);
    await page.locator('button[type=submit]').click();
    await page.locator('.answer .state.streaming').waitFor();
    while (!(await page.evaluate<boolean>(`document.querySelector('.answer .text').scrollTop > 100`)));
    await page.evaluate(`document.querySelector('.answer .text').scrollTo(0, 0)`);
    await page.locator('.answer .state.done').waitFor();
    expect(await page.evaluate(`document.querySelector('.answer .text').scrollTop`)).toBe(0);
  });

  it('with a key that no header can carry is not sent, and it is said why', async () => {
    const { page, fill, send } = run.playground;
    await choose('OpenAI');
    await fill('Hello');
    await page.locator('#clientSecret').fill('密钥');
    await send();
    await page.locator('.error', { hasText: 'Nothing was sent: the key has characters' }).waitFor();
    await expect(page.locator('.error', { hasText: 'cannot be reached' }).count()).resolves.toBe(0);
  });

  it('that fails in mid-stream keeps what had come', async () => {
    const { page, fill, send } = run.playground;
    await fill('Hi [fault error_after_frames=2 error_code=336100]');
    await send();
    expect((await readAnswer()).length).toBeGreaterThan(0);
    await expect(page.getByRole('alert').innerText()).resolves.toContain('336100 · high_load');
  });

  it('with wrong keys says whose they have to be', async () => {
    const { page, fill, send } = run.playground;
    await fill(prompt);
    await page.locator('#clientSecret').fill('wrong');
    await send();
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/invalid_client[^]*HTTP 401[^]*not of Baidu/);
  });

  it('beyond the limits is warned of before, and refused with the reason', async () => {
    const { page, fill, send } = run.playground;
    await fill(prompt);
    await page.locator('#parameter-temperature').fill('1.5');
    await expect(page.locator('#parameter-temperature-note').innerText()).resolves.toContain(
      'Will be refused: must be a number in (0, 1]',
    );
    await send();
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/336003[^]*temperature is 1\.5/);
  });

  it("with an access_token that is nobody's fails, and with the keys of a client it does not", async () => {
    const { page, fill, send } = run.playground;
    await choose('access_token');
    await page.locator('#accessToken').fill('nonsense');
    await page.locator('#prompt').fill(prompt);
    await send();
    await expect(page.getByRole('alert').innerText()).resolves.toMatch(/access_token/);
    await choose('Client key');
    await fill(prompt);
    await send();
    expect(await readAnswer()).toBe(expected);
  });

  it('is made under the stage of a deployment as well', async () => {
    const staged = await openPlayground(run.browser, run.local.url, { path: '/dev/playground' });
    await staged.fill(prompt);
    await staged.send();
    expect(await staged.answer.locator('pre').textContent()).toBe(expected);
    await expect(staged.page.locator('.address code').last().innerText()).resolves.toContain('/dev/rpc/2.0/');
    expect(staged.complaints).toEqual([]);
    await staged.context.close();
  });
});
