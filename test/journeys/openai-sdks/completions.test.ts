// The same calls by every OpenAI client with both upstreams: texts, streams, usage, stop and max_tokens.
import { createLangChain, createOpenAiClient, createCompletion, sdkDrivers } from './sdk-drivers.ts';
import type { SdkDriver } from './sdk-drivers.ts';
import { upstreams, upstreamTitles, useLocalRuns } from './use-local-runs.ts';

const run = useLocalRuns(upstreams);
const [v1, openai] = upstreamTitles;
if (v1 === undefined || openai === undefined) throw new Error('There are two upstreams');

const prompt = '你好, who are you? [fault words=12 frames=4 frame_delay_ms=1]';

describe.each(upstreamTitles)('with %s behind', (title) => {
  describe.each(Object.entries(sdkDrivers))('%s', (name, driver: SdkDriver) => {
    const base = () => ({ baseUrl: run(title).url, prompt });

    it('returns text, reason and usage, and streams the same', async () => {
      const answer = await driver.complete(base());
      expect(answer.text.split(' ')).toHaveLength(12);
      expect(answer.finishReason).toBe('stop');
      const [promptTokens = 0] = answer.usage ?? [];
      expect(promptTokens).toBeGreaterThan(3);
      expect(answer.usage).toEqual([promptTokens, 12, promptTokens + 12]);
      const streamed = await driver.stream(base());
      expect(streamed).toEqual(name === 'LangChain' ? { ...answer, usage: undefined } : answer);
    });

    it.each(['complete', 'stream'] as const)('.%s ends the text before the stop item', async (method) => {
      const whole = (await driver.complete(base())).text;
      const stop = whole.split(' ')[5] ?? '';
      const { text, finishReason } = await driver[method]({
        ...base(),
        stop: name.startsWith('openai') ? stop : [stop],
      });
      expect(text).toBe(whole.slice(0, whole.indexOf(stop)));
      expect(text).not.toBe('');
      expect(finishReason).toBe('stop');
    });

    it.each(['complete', 'stream'] as const)('.%s ends the text at max_tokens and says so', async (method) => {
      const whole = (await driver.complete(base())).text;
      const { text, finishReason } = await driver[method]({ ...base(), maxTokens: 5 });
      expect(text.trim()).toBe(whole.split(' ').slice(0, 5).join(' '));
      expect(finishReason).toBe('length');
    });
  });

  it('the array prompt of LangChain gets a text for each item', async () => {
    const client = createLangChain({ baseUrl: run(title).url });
    const { generations, llmOutput } = await client.generate(['a [fault words=8]', 'b c [fault words=9]']);
    const texts = await Promise.all(['a [fault words=8]', 'b c [fault words=9]'].map((item) => client.invoke(item)));
    expect(generations.map(([generation]) => generation?.text)).toEqual(texts);
    expect(texts[0]).not.toBe(texts[1]);
    expect(llmOutput?.['tokenUsage']).toEqual({ promptTokens: 3, completionTokens: 17, totalTokens: 20 });
  });

  it('the wrapped prompt of the Vercel AI SDK arrives as it is', async () => {
    const wrapped = `user:\n${prompt}\n\nassistant:\n`;
    const client = createOpenAiClient('openai 7', run(title).url);
    const plain = await createCompletion(client, { prompt: wrapped, stop: ['\nuser:'] });
    const { text } = await sdkDrivers['the Vercel AI SDK']!.complete({ baseUrl: run(title).url, prompt });
    expect(text).toBe(plain.choices[0]?.text);
  });
});

it.each(Object.entries(sdkDrivers))('%s gets the same answer from both upstreams', async (_name, driver) => {
  const [first, second] = await Promise.all(
    [v1, openai].map((title) => driver.complete({ baseUrl: run(title).url, prompt })),
  );
  expect(first).toEqual(second);
});
