// What an answer holds: counts, content of every form, and what each dialect says of it.
import { chunk, delta, done, frame, message, usage, whole } from './living-upstreams/frames.ts';
import { dialects, forms, readAnswer } from './living-upstreams/read-answer.ts';
import { useLivingGateways } from './living-upstreams/use-living-gateways.ts';

const { upstream, gateway } = useLivingGateways();

const counts = { promptTokens: 3, completionTokens: 2 };
const json = (text: string): object => JSON.parse(text) as object;
const streams = [true, false];

/** The number of tokens that a client has left of its day, before a request. */
async function readTokensLeft(): Promise<number> {
  upstream().tell({ body: whole('x', 'stop', { usage: null }) });
  const { headers } = await gateway('completions').ask({ dialect: 'openai' });
  const text = headers['X-Ratelimit-Remaining-Tokens'] ?? '';
  expect(text).toMatch(/^\d+$/);
  return Number(text);
}

describe('a usage that is no count', () => {
  it.each([
    '{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}',
    '{"prompt_tokens":1e999,"completion_tokens":2,"total_tokens":5}',
    '{"prompt_tokens":-3,"completion_tokens":2,"total_tokens":-1}',
    '{"prompt_tokens":3,"completion_tokens":-2,"total_tokens":1}',
    '{"prompt_tokens":3.5,"completion_tokens":2,"total_tokens":5.5}',
    '{"prompt_tokens":9007199254740991,"completion_tokens":2,"total_tokens":9007199254740993}',
    '{"prompt_tokens":"3","completion_tokens":"2","total_tokens":"5"}',
    '{"prompt_tokens":null,"completion_tokens":null,"total_tokens":null}',
    '{}',
    '[]',
    'null',
    '7',
  ])('%s is left out: the text is not lost, and counters stand still', async (text) => {
    const told = `"usage":${text}`;
    const withUsage = (body: string): string => body.replaceAll('"usage":0', told);
    const before = await readTokensLeft();
    for (const dialect of dialects) {
      for (const stream of streams) {
        const streamed = chunk('ab', null, { usage: 0 }) + chunk('', 'stop', { usage: 0 }) + done;
        upstream().tell({ body: withUsage(stream ? streamed : whole('ab', 'stop', { usage: 0 })) });
        const answer = readAnswer(await gateway('completions').ask({ dialect, stream }), dialect);
        expect(answer).toMatchObject({ text: 'ab', isWhole: true, usage: undefined });
      }
    }
    expect(await readTokensLeft()).toBe(before);
  });

  it('is told to the operator of clients with a limit', () => {
    expect(gateway('completions').warnings()).toContain('tokens of an answer could not be counted');
  });

  it.each([
    { prompt_tokens: -1, completion_tokens: 1, total_tokens: 0 },
    { prompt_tokens: 3, completion_tokens: 1.5, total_tokens: 4.5 },
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  ])('is left out of V1 as well: %j', async (counted) => {
    for (const dialect of dialects) {
      for (const stream of streams) {
        const body = frame(0, 'ab', true, { usage: counted });
        upstream().tell({ body: stream ? body : body.slice('data: '.length) });
        const answer = readAnswer(await gateway('v1').ask({ dialect, stream }), dialect);
        expect(answer).toMatchObject({ text: 'ab', isWhole: true, usage: undefined });
      }
    }
  });
});

describe('a usage that counts', () => {
  const running = (completionTokens: number) => ({
    usage: { prompt_tokens: 3, completion_tokens: completionTokens, total_tokens: 3 + completionTokens },
  });
  const ways = {
    'in every chunk, growing':
      chunk('a', null, running(1)) + chunk('b', null, running(2)) + chunk('', 'stop', running(2)),
    'in every chunk and again after the end':
      chunk('a', null, running(1)) + chunk('b', 'stop', running(1)) + chunk('', null, { choices: [], ...running(2) }),
    'in the chunk of the end': chunk('a') + chunk('b', 'stop', running(2)),
    'after the end': chunk('a') + chunk('b', 'stop') + chunk('', null, { choices: [], ...running(2) }),
    'after zeros': chunk('a', null, running(0)) + chunk('b', 'stop') + chunk('', null, { choices: [], ...running(2) }),
    'with the finish_reason "null" before the end':
      chunk('a', 'null', running(1)) + chunk('b', 'null', running(2)) + chunk('', 'stop', running(2)),
  };

  it.each(Object.entries(ways))('%s is told once, as it was in the end', async (_way, body) => {
    for (const end of [done, '']) {
      for (const dialect of dialects) {
        for (const stream of streams) {
          upstream().tell({ body: body + end });
          const answer = await gateway('completions').ask({ dialect, stream });
          expect(readAnswer(answer, dialect)).toMatchObject({ text: 'ab', isWhole: true });
          expect(answer.line?.fields).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
        }
      }
    }
    for (const form of forms) {
      upstream().tell({ body });
      expect(await gateway('completions').answer(form)).toMatchObject({ end: 'succeeded', completion: { usage } });
    }
  });

  it('keeps a total above the sum, and what was found in a cache', async () => {
    const stated = { ...usage, total_tokens: 50, prompt_tokens_details: { cached_tokens: 2 } };
    for (const stream of streams) {
      const streamed = chunk('ab', 'stop') + chunk('', null, { choices: [], usage: stated }) + done;
      upstream().tell({ body: stream ? streamed : whole('ab', 'stop', { usage: stated }) });
      const answer = readAnswer(await gateway('completions').ask({ dialect: 'openai', stream }), 'openai');
      expect(answer.usage).toEqual(stated);
    }
    const before = await readTokensLeft();
    upstream().tell({ body: whole('ab', 'stop', { usage: stated }) });
    await gateway('completions').ask({ dialect: 'openai' });
    expect(await readTokensLeft()).toBe(before - 50);
  });

  it('is never told as more than it was to a V1 caller: the counts of the frames add up to the whole', async () => {
    upstream().tell({ body: ways['in every chunk, growing'] + done });
    const { events } = readAnswer(
      await gateway('completions').ask({ dialect: 'qianfan-v1', stream: true }),
      'qianfan-v1',
    );
    const tokens = events.map((one) => (one['usage'] as { completion_tokens: number }).completion_tokens);
    expect(tokens.reduce((sum, count) => sum + count)).toBe(counts.completionTokens);
  });
});

describe('content of a chat model', () => {
  const text = [{ type: 'text', text: 'the answer' }];
  const thinking = [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }];

  it.each<[string, object, string]>([
    ['a list of parts', { content: text }, 'the answer'],
    ['thoughts and a text in parts', { content: [...thinking, ...text] }, 'the answer'],
    ['a text after thoughts', { reasoning_content: 'hm', content: 'the answer' }, 'the answer'],
    ['a refusal', { content: null, refusal: 'I cannot' }, 'I cannot'],
  ])('of the form of %s is the text', async (_name, fields, expected) => {
    for (const dialect of dialects) {
      for (const stream of streams) {
        upstream().tell({ body: stream ? delta(fields) + delta({}, 'stop') + done : message(fields) });
        expect(readAnswer(await gateway('chat').ask({ dialect, stream }), dialect)).toMatchObject({
          text: expected,
          isWhole: true,
        });
      }
    }
  });

  it.each<[string, object]>([
    ['thoughts alone', { content: null, reasoning_content: 'hm' }],
    ['thoughts alone, under another name', { content: '', reasoning: 'hm' }],
    ['thoughts alone, in parts', { content: thinking }],
    ['a call of a tool', { content: null, tool_calls: [{ function: { name: 'f' } }] }],
    ['nothing that was counted', { content: null }],
    ['an empty text that was counted', { content: '' }],
  ])('of the form of %s is an error, and no empty success', async (_name, fields) => {
    for (const reason of ['stop', 'length']) {
      for (const dialect of dialects) {
        for (const stream of streams) {
          const end = delta({}, reason) + delta({}, null, { choices: [], usage }) + done;
          upstream().tell({ body: stream ? delta(fields) + end : message(fields, reason) });
          const answer = readAnswer(await gateway('chat').ask({ dialect, stream }), dialect);
          expect(answer.code).toBe(dialect === 'openai' ? 'upstream_empty_answer' : 336000);
          expect(answer.saysEnd).toBe(false);
        }
      }
    }
    for (const form of forms) {
      upstream().tell({ body: message(fields) });
      expect(await gateway('chat').answer(form)).toMatchObject({ end: 'failed', code: 'upstream_empty_answer' });
    }
  });

  it('may be nothing where a stop item was met at once, or nothing was generated', async () => {
    upstream().tell({ body: message({ content: '' }) });
    const stopped = await gateway('chat').ask({ dialect: 'openai', fields: { stop: '\n' } });
    expect(readAnswer(stopped, 'openai')).toMatchObject({ text: '', isWhole: true });
    upstream().tell({ body: message({ content: '' }, 'stop', { usage: { ...usage, completion_tokens: 1 } }) });
    expect(readAnswer(await gateway('chat').ask({ dialect: 'openai' }), 'openai')).toMatchObject({ isWhole: true });
  });
});

describe('a text that must not be shown', () => {
  it.each([3, 4])('with flag %i of V2 reaches nobody, and is told in both dialects', async (flag) => {
    for (const stream of streams) {
      const choices = [{ index: 0, text: 'forbidden', finish_reason: 'stop', flag, ban_round: -1 }];
      const body = stream ? chunk('', null, { choices }) + done : json(whole('')) && whole('', 'stop', { choices });
      for (const dialect of dialects) {
        upstream().tell({ body });
        const answer = await gateway('completions').ask({ dialect, stream });
        expect(answer.text).not.toContain('forbidden');
        expect(answer.text).toContain(dialect === 'openai' ? '"finish_reason":"content_filter"' : '"is_safe":0');
      }
    }
  });

  it.each([3, 4])('with flag %i of V1 reaches V1 callers as it was sent, and no others', async (flag) => {
    for (const stream of streams) {
      const body = frame(0, 'forbidden', true, { flag, ban_round: -1, need_clear_history: true });
      upstream().tell({ body: stream ? body : body.slice('data: '.length) });
      const asSent = await gateway('v1').ask({ dialect: 'qianfan-v1', stream });
      expect(readAnswer(asSent, 'qianfan-v1').events[0]).toMatchObject({ result: 'forbidden', flag, ban_round: -1 });
      const told = await gateway('v1').ask({ dialect: 'openai', stream });
      expect(told.text).not.toContain('forbidden');
      expect(told.text).toContain('"finish_reason":"content_filter"');
    }
  });

  it.each([1, 2])('may be shown with flag %i, which V2 callers are told', async (flag) => {
    const choices = [{ index: 0, text: 'shown', finish_reason: 'stop', flag }];
    upstream().tell({ body: whole('', 'stop', { choices }) });
    const { events } = readAnswer(await gateway('completions').ask({ dialect: 'openai' }), 'openai');
    expect(events[0]?.['choices']).toMatchObject(choices);
  });
});

describe('what V1 says to V1', () => {
  const said = {
    object: 'chat.completion',
    is_truncated: false,
    need_clear_history: false,
    ban_round: 0,
    finish_reason: 'normal',
    flag: 0,
    function_call: { name: 'f', arguments: '{}', thoughts: 't' },
    search_info: { is_beset: 0, search_results: [] },
    something_new: [1, { a: null }],
  };
  const counted = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 5, a_new_count: 7 };

  it('reaches the caller in each frame, as it was sent', async () => {
    upstream().tell({
      body:
        frame(0, 'a', false, { ...said, usage: { ...counted, total_tokens: 4 } }) +
        frame(1, 'b', true, { ...said, usage: counted }),
    });
    const { events } = readAnswer(await gateway('v1').ask({ dialect: 'qianfan-v1', stream: true }), 'qianfan-v1');
    expect(events).toEqual([
      expect.objectContaining({ ...said, result: 'a', is_end: false, usage: { ...counted, total_tokens: 4 } }),
      expect.objectContaining({ ...said, result: 'b', is_end: true, usage: counted }),
    ]);
  });

  it('reaches the caller whole, and the results queue', async () => {
    const {
      is_end: _end,
      sentence_id: _number,
      ...body
    } = json(frame(0, 'ab', true, { ...said, usage: counted }).slice('data: '.length)) as Record<string, unknown>;
    upstream().tell({ body: JSON.stringify(body) });
    const answer = readAnswer(await gateway('v1').ask({ dialect: 'qianfan-v1' }), 'qianfan-v1');
    expect(answer.events).toEqual([body]);
    upstream().tell({ body: JSON.stringify(body) });
    expect((await gateway('v1').answer('own')).completion).toEqual(body);
  });

  it.each([{ is_truncated: true }, { finish_reason: 'length' }])(
    'of a cut text, as %j, is length to others',
    async (more) => {
      for (const stream of streams) {
        const body = frame(0, 'ab', true, more);
        upstream().tell({ body: stream ? body : body.slice('data: '.length) });
        expect((await gateway('v1').ask({ dialect: 'openai', stream })).text).toContain('"finish_reason":"length"');
      }
    },
  );

  it('of an unsafe text is told to others, whatever its reason', async () => {
    upstream().tell({ body: JSON.stringify({ id: 'as-1', result: 'a', is_safe: 0, finish_reason: 'normal' }) });
    expect((await gateway('v1').ask({ dialect: 'openai' })).text).toContain('"finish_reason":"content_filter"');
  });
});
