// The form in a real browser: its headers, the hint of a local run, Reset, and what does not send.
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { usePlayground } from './use-playground.ts';

describeInBrowser('the form of the playground', () => {
  const run = usePlayground();

  const chooseOpenAi = (): Promise<void> => run.page.getByRole('radio', { name: 'OpenAI', exact: true }).check();
  const facts = (): Promise<string> => run.page.locator('.facts').innerText();
  const openHeaders = (): Promise<void> => run.page.locator('.headers summary').click();

  it('folds its headers away, and sends and shows those that are set', async () => {
    const key = run.page.locator('#header-idempotency');
    await run.playground.fill('Hello');
    await expect(key.isVisible()).resolves.toBe(false);
    await openHeaders();
    await run.page.getByLabel('X-Stream-Rescue').selectOption('2');
    await run.page.getByRole('button', { name: 'New UUID' }).click();
    const uuid = await key.inputValue();
    expect(uuid).toMatch(/^[\da-f-]{36}$/);
    await expect(run.page.locator('.headers summary').innerText()).resolves.toMatch(/Headers 2 set/);
    const shown = new RegExp(`X-Stream-Rescue: 2\\s+Idempotency-Key: ${uuid}`);
    await expect(run.page.getByRole('tabpanel').innerText()).resolves.toMatch(shown);
    const [request] = await Promise.all([run.page.waitForRequest(/sqlcoder_7b/), run.playground.send()]);
    expect(await request.allHeaders()).toMatchObject({ 'x-stream-rescue': '2', 'idempotency-key': uuid });
    await expect(run.page.getByRole('tabpanel').innerText()).resolves.toContain('Sent as shown');
    await run.page.getByRole('tab', { name: 'Code' }).click();
    await expect(run.page.getByTestId('code').innerText()).resolves.toContain(`-H 'Idempotency-Key: ${uuid}'`);
    await run.page.getByLabel('Client', { exact: true }).selectOption('Qianfan · Go');
    await run.page
      .getByText('Left out, because this client cannot send it: X-Stream-Rescue, Idempotency-Key.')
      .waitFor();
    await run.page.getByRole('radio', { name: 'When it is complete (sync)' }).check();
    await expect(run.page.getByLabel('X-Stream-Rescue').count()).resolves.toBe(0);
    await expect(run.page.locator('.headers summary').innerText()).resolves.toMatch(/Headers 1 set/);
    await key.fill('one two');
    await run.page.getByText('Will be refused: must be 1 to 255 visible ASCII characters').waitFor();
  });

  it('brings an answer whose end, rescues and repetition stand beside it', async () => {
    await chooseOpenAi();
    await run.playground.fill('Once [fault cut_after_frames=2]');
    await run.page.locator('#parameter-max_tokens').fill('20');
    await openHeaders();
    await run.page.getByLabel('X-Stream-Rescue').selectOption('1');
    await run.page.getByLabel('Idempotency-Key').fill('once-1');
    await run.playground.send();
    const first = await facts();
    expect(first).toMatch(/^Finish reason\s+length\s+Rescues\s+1\s+Request id\s+[\w-]+$/);
    const [answer] = await Promise.all([run.page.waitForResponse(/completions/), run.playground.send()]);
    const id = answer.headers()['x-request-id'] ?? 'none';
    await run.page.locator('.facts', { hasText: id }).waitFor();
    await run.page.locator('.answer .state.done').waitFor();
    expect(await facts()).toMatch(/Rescues\s+1\s+Replayed\s+yes, not charged again\s+Request id/);
    expect(first).not.toContain(id);
    expect(run.playground.complaints).toEqual([]);
  });

  it('brings an error with the id under which it is logged, and says where a usage is not whole', async () => {
    await run.playground.fill('Hi [fault error_code=336100]');
    await run.playground.send();
    expect(await facts()).toMatch(/^Request id\s+[\w-]+$/);
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const frame = { id: 'a', result: 'Hi', is_end: true, usage, rescues: 2, usage_incomplete: true };
    const sse = { contentType: 'text/event-stream', body: `data: ${JSON.stringify(frame)}\n\n` };
    await run.page.route(/completions/, (route) => route.fulfill(sse));
    await run.playground.send();
    await run.page.locator('.facts', { hasText: 'Rescues' }).waitFor();
    expect(await facts()).toMatch(/^Rescues\s+2\s+Usage\s+incomplete, more may have been charged$/);
  });

  it('tells of the client of a local run while there are no keys, and fills it in', async () => {
    const hint = run.page.locator('.hint');
    await expect(hint.innerText()).resolves.toMatch(/Local run: demo \/ demo-secret\s+Fill in/);
    await run.page.getByRole('radio', { name: 'Bearer token' }).check();
    await expect(hint.count()).resolves.toBe(0);
    await run.page.getByRole('radio', { name: 'Client key' }).check();
    await run.page.getByRole('button', { name: 'Fill in' }).click();
    await run.page.locator('#prompt:focus').waitFor();
    await expect(hint.count()).resolves.toBe(0);
    await run.page.keyboard.type('Hello');
    await run.playground.send();
    await expect(run.page.locator('.answer .state').innerText()).resolves.toBe('Complete');
  });

  it('resets its parameters to what they were at first, the usage of a stream among them', async () => {
    await chooseOpenAi();
    const reset = run.page.getByRole('button', { name: 'Reset' });
    const usage = run.page.getByLabel('include_usage');
    await expect(reset.count()).resolves.toBe(0);
    await run.page.locator('#parameter-seed').fill('7');
    await reset.click();
    await expect(run.page.locator('#parameter-seed').inputValue()).resolves.toBe('');
    await expect(usage.inputValue()).resolves.toBe('true');
    await usage.selectOption('false');
    await reset.click();
    await expect(usage.inputValue()).resolves.toBe('true');
  });

  it('is not sent without a prompt, nor by Enter in a field of one line', async () => {
    const { completionRequests: before } = await readSimulatorCounts(run.local.simulatorUrl);
    await run.playground.fill('');
    await run.page.keyboard.press('Control+Enter');
    // The browser asks for what is required.
    await run.page.locator('#prompt:focus:invalid').waitFor();
    await run.playground.fill('Hello');
    await openHeaders();
    for (const field of ['#clientId', '#clientSecret', '#model', '#parameter-top_k', '#header-idempotency']) {
      await run.page.locator(field).press('Enter');
    }
    await run.page.getByRole('radio', { name: 'When it is complete (sync)' }).press('Enter');
    await expect(run.page.locator('.answer .state').innerText()).resolves.toBe('');
    const { completionRequests: after } = await readSimulatorCounts(run.local.simulatorUrl);
    expect(after).toBe(before);
    // With Control it sends, from any field.
    await run.page.locator('#model').press('Control+Enter');
    await run.page.locator('.answer .state.done').waitFor();
  });
});
