import { GatewayError } from '../../../lib/core/errors.ts';
import { chunksOf, createOpenAiGateway } from './create-openai-gateway.ts';

interface Chunk {
  readonly choices?: readonly { text: string; index: number; finish_reason: string | null }[];
  readonly usage?: object;
  readonly error?: { readonly code: string };
}

/** The data of each event; each is one line and a blank one. */
function eventsOf(text: string): string[] {
  expect(text).toMatch(/^(?:data: [^\n]+\n\n)*$/);
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => event.slice('data: '.length));
}

const chunksIn = (text: string): Chunk[] =>
  eventsOf(text)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Chunk);
const choicesIn = (text: string) =>
  chunksIn(text)
    .flatMap(({ choices = [] }) => choices)
    .map((choice) => [choice.text, choice.index, choice.finish_reason]);

const died = new GatewayError('upstream_truncated', 'died');
async function* thenFail(chunks: ReturnType<typeof chunksOf>): ReturnType<typeof chunksOf> {
  for await (const chunk of chunks) yield { ...chunk, isEnd: false };
  throw died;
}

describe('a stream', () => {
  it('is text_completion chunks with the text at choices[].text, and [DONE]', async () => {
    const { ask } = createOpenAiGateway();
    const { response, text, line } = await ask({ fields: { stream: true } });
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } });
    expect(chunksIn(text)[0]).toEqual({
      id: 'as-1',
      object: 'text_completion',
      created: 7,
      model: 'StarCoder',
      choices: [{ text: 'te', index: 0, logprobs: null, finish_reason: null }],
    });
    expect(choicesIn(text)).toEqual([
      ['te', 0, null],
      ['xt', 0, 'stop'],
    ]);
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
    expect(text).not.toContain('usage');
    expect(line?.fields).toMatchObject({ stream: true, status: 200, prompt_tokens: 2, completion_tokens: 2 });
    expect(line?.level).toBe('info');
  });

  it('has its usage once, before [DONE], where that is asked for', async () => {
    const { ask } = createOpenAiGateway();
    const { text } = await ask({ fields: { stream: true, stream_options: { include_usage: true } } });
    const chunks = chunksIn(text);
    expect(chunks.filter(({ usage }) => usage !== undefined)).toHaveLength(1);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 },
    });
  });

  it('has one text after the other, each begun by its prompt if asked, and the sum of their usage', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async ({ prompt }) => chunksOf([prompt.toUpperCase(), '!']);
    const stream_options = { include_usage: true };
    const { text } = await ask({ fields: { stream: true, stream_options, prompt: ['a', 'b'], n: 2, echo: true } });
    expect(choicesIn(text)).toEqual([
      ['aA', 0, null],
      ['!', 0, 'stop'],
      ['aA', 1, null],
      ['!', 1, 'stop'],
      ['bB', 2, null],
      ['!', 2, 'stop'],
      ['bB', 3, null],
      ['!', 3, 'stop'],
    ]);
    expect(chunksIn(text).at(-1)?.usage).toEqual({ prompt_tokens: 8, completion_tokens: 8, total_tokens: 16 });
  });

  it('is without the stop item that ended it', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async () => chunksOf(['one', 'EN', 'D'], { includesStop: true });
    const { text } = await ask({ fields: { stream: true, stop: ['END'] } });
    const choices = choicesIn(text);
    expect(choices.map(([piece]) => piece).join('')).toBe('one');
    expect(choices.at(-1)?.[2]).toBe('stop');
  });

  it('has an end even when there is no text', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async () => chunksOf(['', '']);
    expect(choicesIn((await ask({ fields: { stream: true } })).text)).toEqual([['', 0, 'stop']]);
  });

  it('asks for the next text only when the one before is whole', async () => {
    const { ask, upstream } = createOpenAiGateway();
    const log: string[] = [];
    upstream.stream = async ({ prompt }) => {
      log.push(`ask ${prompt}`);
      return (async function* () {
        yield* chunksOf([prompt]);
        log.push(`end ${prompt}`);
      })();
    };
    await ask({ fields: { stream: true, prompt: ['a', 'b'] } });
    expect(log).toEqual(['ask a', 'end a', 'ask b', 'end b']);
  });
});

describe('a failure after the first event', () => {
  it('is an event on which the clients raise, and no [DONE] follows', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async () => thenFail(chunksOf(['one']));
    const { response, text, line } = await ask({ fields: { stream: true } });
    expect(response.status).toBe(200);
    expect(choicesIn(text)).toEqual([['one', 0, null]]);
    expect(chunksIn(text).at(-1)).toEqual({
      error: { message: 'died', type: 'api_error', param: null, code: 'upstream_truncated' },
    });
    expect(text).not.toContain('[DONE]');
    expect(line).toMatchObject({ level: 'warn', fields: { code: 'upstream_truncated' } });
  });

  it('may come before the first event of the second text', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async ({ prompt }) => {
      if (prompt === 'b') throw died;
      return chunksOf([prompt]);
    };
    const { text } = await ask({ fields: { stream: true, prompt: ['a', 'b'] } });
    expect(choicesIn(text)).toEqual([['a', 0, 'stop']]);
    expect(chunksIn(text).at(-1)?.error?.code).toBe('upstream_truncated');
    expect(text).not.toContain('[DONE]');
  });

  it('tells nothing of a bug', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.stream = async () =>
      (async function* () {
        yield* chunksOf(['one', 'two']);
        throw new TypeError('secret');
      })();
    const { text, line } = await ask({ fields: { stream: true } });
    expect(text).not.toContain('secret');
    expect(chunksIn(text).at(-1)?.error?.code).toBe('internal_error');
    expect(line?.level).toBe('error');
  });
});

describe('a stream of several texts', () => {
  it('lets only the first fall back, because the headers that tell of it go with its first event', async () => {
    const gateway = createOpenAiGateway();
    const mayFallBack: (boolean | undefined)[] = [];
    gateway.upstream.stream = async (_request, call) => {
      mayFallBack.push(call.mayFallBack);
      return chunksOf(['a']);
    };
    await gateway.ask({ fields: { stream: true, prompt: ['a', 'b', 'c'] } });
    expect(mayFallBack).toEqual([undefined, false, false]);
  });

  it('is logged with the tokens of what came before it failed', async () => {
    const gateway = createOpenAiGateway();
    gateway.upstream.stream = async () => thenFail(chunksOf(['a', 'b']));
    const { line } = await gateway.ask({ fields: { stream: true } });
    expect(line?.fields).toMatchObject({ code: 'upstream_truncated', completion_tokens: 2 });
  });
});

it('an error after a fallback says that there was one, and that it may be charged', async () => {
  const gateway = createOpenAiGateway();
  gateway.upstream.complete = async (_request, call) => {
    const error = new GatewayError('upstream_unreachable', 'cut');
    call.observer?.onUpstream?.('qianfan-v1');
    call.observer?.onFallback?.({ from: 'qianfan-v1', error, mayHaveBeenCharged: true });
    call.observer?.onUpstream?.('openai');
    throw new GatewayError('invalid_parameter', 'no');
  };
  const { response } = await gateway.ask();
  expect(response).toMatchObject({
    status: 400,
    headers: { 'X-Upstream': 'openai', 'X-Upstream-Fallback': 'qianfan-v1 upstream_unreachable maybe-charged' },
  });
});
