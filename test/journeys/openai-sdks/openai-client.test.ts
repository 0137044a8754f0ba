// What only the openai client asks for: several texts, echo, the model list; and the known faults of another adapter.
import { collectChunks, createCompletion, createOpenAiClient, openAiClasses } from './sdk-drivers.ts';
import { postCompletion, upstreams, upstreamTitles, useLocalRuns } from './use-local-runs.ts';

const run = useLocalRuns(upstreams);
const cases = upstreamTitles.flatMap((title) => Object.keys(openAiClasses).map((name) => [title, name] as const));
const size = '[fault words=8 frames=3 frame_delay_ms=1]';

describe.each(cases)('with %s behind, %s', (title, name) => {
  const client = () => createOpenAiClient(name, run(title).url);
  const readText = async (prompt: string) => (await createCompletion(client(), { prompt })).choices[0]?.text;

  it('gets n texts of each prompt, in their order, and the sum of what they cost', async () => {
    const prompts = [`a ${size}`, `b c ${size}`];
    const body = { prompt: prompts, n: 2 };
    const { choices, usage, object, model } = await createCompletion(client(), body);
    expect({ object, model }).toEqual({ object: 'text_completion', model: 'StarCoder' });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(choices[0]?.text).toBe(await readText(prompts[0] ?? ''));
    expect(choices[2]?.text).toBe(await readText(prompts[1] ?? ''));
    // Each text is asked for by itself, so each pays for its prompt.
    expect(usage).toEqual({ prompt_tokens: 6, completion_tokens: 32, total_tokens: 38 });

    const chunks = await collectChunks(client(), { ...body, stream_options: { include_usage: true } });
    const streamed = choices.map(({ index }) => {
      const parts = chunks.flatMap((chunk) => chunk.choices).filter((part) => part.index === index);
      return { text: parts.map(({ text }) => text).join(''), index, finish_reason: parts.at(-1)?.finish_reason };
    });
    expect(streamed).toEqual(choices.map(({ text, index }) => ({ text, index, finish_reason: 'stop' })));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
  });

  it('gets the prompt before the text with echo, streamed too', async () => {
    const prompt = `a ${size}`;
    const text = (await createCompletion(client(), { prompt, echo: true })).choices[0]?.text;
    expect(text).toBe(`${prompt}${await readText(prompt)}`);
    const chunks = await collectChunks(client(), { prompt, echo: true });
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe(text);
  });

  it('lists models, finds one by name or by id, and gets 404 for another', async () => {
    const ids: unknown[] = [];
    for await (const model of client().models.list()) ids.push('id' in model && model.id);
    expect(ids).toHaveLength(11);
    expect(ids).toContain('StarCoder');
    expect(await client().models.retrieve('SQLCoder-7B')).toMatchObject({ id: 'SQLCoder-7B', object: 'model' });
    expect(await client().models.retrieve('sqlcoder_7b')).toMatchObject({ id: 'SQLCoder-7B' });
    const missing = Promise.resolve(client().models.retrieve('no-such-model'));
    await expect(missing).rejects.toMatchObject({ status: 404, param: 'model' });
  });

  it('gets no usage chunk unless it asks for one', async () => {
    const chunks = await collectChunks(client(), { prompt: `a ${size}` });
    expect(chunks.every(({ choices, usage }) => choices.length === 1 && usage === undefined)).toBe(true);
  });
});

describe.each(upstreamTitles)('with %s behind, a stream', (title) => {
  const stream = async (directive = '', options = {}): Promise<string> => {
    const prompt = `a [fault words=8 frames=3 frame_delay_ms=1 ${directive}]`;
    return (await postCompletion(run(title), { model: 'StarCoder', prompt, stream: true, ...options })).text();
  };
  const parse = (text: string) =>
    [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? '') as Record<string, unknown>);

  it('has its text in choices[].text, never under delta', async () => {
    const text = await stream();
    expect(text).not.toContain('"delta"');
    expect(text).toMatch(/\n\ndata: \[DONE\]\n\n$/);
    const chunks = parse(text);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ object: 'text_completion', choices: [{ text: expect.any(String), index: 0 }] });
    }
  });

  it.each(['', 'omit_finish_reason', 'omit_done'])(
    'ends with a finish_reason when the upstream has none: %s',
    async (name) => {
      const text = await stream(name);
      expect(text).not.toContain('"error"');
      const reasons = parse(text).map(({ choices }) => (choices as { finish_reason: unknown }[])[0]?.finish_reason);
      expect(reasons.at(-1)).toBe('stop');
      expect(reasons.slice(0, -1).every((reason) => reason === null)).toBe(true);
    },
  );

  it('carries the usage of the whole, once, when asked to', async () => {
    const usages = parse(await stream('', { stream_options: { include_usage: true } })).map(({ usage }) => usage);
    expect(usages.filter((usage) => usage)).toEqual([{ prompt_tokens: 1, completion_tokens: 8, total_tokens: 9 }]);
    expect(usages.at(-1)).toBeDefined();
  });

  it('is whole without usage when the upstream counts none', async () => {
    const text = await stream('omit_usage', { stream_options: { include_usage: true } });
    expect(text).not.toContain('"usage"');
    expect(text).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/);
  });
});
