import type { CompletionChunk, Fallback } from '../../../../lib/core/completion.ts';
import { errorTable, GatewayError } from '../../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../../lib/core/errors.ts';
import { askInOrder } from '../../../../lib/upstream/ask-in-order.ts';
import { withRescue } from '../../../../lib/upstream/rescue/rescue.ts';
import { systemClock } from '../../../../lib/core/clock.ts';
import { openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { createCircuits } from '../../../../lib/upstream/circuits.ts';
import { noCredentials } from '../../../../lib/upstream/credentials/credentials.ts';
import { createUpstream } from '../../../../lib/upstream/exchange.ts';
import { createRetryBudget } from '../../../../lib/upstream/retry-budget.ts';
import { createTransport } from '../../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import { startHttpServer } from '../../../servers/start-http-server.ts';
import { createContinuingUpstream, prompt, readRescued, requestOf } from './continuing-upstream.ts';
import type { Life } from './continuing-upstream.ts';

const text = 'the whole text, from its first word to its last';

describe('a stream whose upstream dies', () => {
  it('is continued under its first id and time, and says how often at its end', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 10 }, { diesAfter: 5, of: 'high_load' }]);
    const outcome = await readRescued(upstream, requestOf({ temperature: 0.5 }), { maxRescues: 3 });
    expect(outcome).toMatchObject({ text, error: undefined, rescuedFrom: ['upstream_truncated', 'high_load'] });
    expect(upstream.asked.map((request) => request.prompt)).toEqual([
      prompt,
      prompt + text.slice(0, 10),
      prompt + text.slice(0, 15),
    ]);
    expect(upstream.asked.every(({ temperature }) => temperature === 0.5)).toBe(true);
    expect(new Set(outcome.chunks.map(({ id, createdSeconds }) => `${id} ${createdSeconds}`))).toEqual(
      new Set(['as-1 1']),
    );
    expect(outcome.chunks.map(({ isEnd }) => isEnd)).toEqual(
      outcome.chunks.map((_, i) => i === outcome.chunks.length - 1),
    );
    expect(outcome.last?.rescues).toBe(2);
    expect(outcome.chunks.slice(0, -1).every(({ rescues }) => rescues === undefined)).toBe(true);
    expect(upstream.open()).toBe(0);
  });

  it('is asked for again as it was when no text had come', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 0 }]);
    await expect(readRescued(upstream, requestOf(), { maxRescues: 1 })).resolves.toMatchObject({ text });
    expect(upstream.asked.map((request) => request.prompt)).toEqual([prompt, prompt]);
  });

  it('throws what it died of last when it may not be continued any more', async () => {
    const lives: Life[] = [{ diesAfter: 4 }, { diesAfter: 3, of: 'upstream_http_error' }];
    const outcome = await readRescued(createContinuingUpstream(text, lives), requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text: text.slice(0, 7), error: { code: 'upstream_http_error' } });
  });

  it.each([undefined, 0])('is left alone when its call allows %j rescues', async (maxRescues) => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }]);
    const outcome = await readRescued(upstream, requestOf(), maxRescues === undefined ? {} : { maxRescues });
    expect(outcome).toMatchObject({ text: text.slice(0, 4), error: { code: 'upstream_truncated' }, rescuedFrom: [] });
  });

  it('of a chat model is left alone', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }]);
    const outcome = await readRescued(upstream, requestOf({}, 'chat'), { maxRescues: 3 });
    expect(outcome).toMatchObject({ error: { code: 'upstream_truncated' }, rescuedFrom: [] });
  });

  it('is continued when the stream ends without an end', async () => {
    const upstream = createContinuingUpstream(text, [{}]);
    const endless = {
      ...upstream,
      stream: async (...given: Parameters<typeof upstream.stream>) => {
        const chunks = await upstream.stream(...given);
        return upstream.asked.length > 1 ? chunks : withoutEnd(chunks);
      },
    };
    const outcome = await readRescued(endless, requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text, rescuedFrom: ['upstream_truncated'] });
  });
});

async function* withoutEnd(chunks: AsyncIterable<CompletionChunk>): AsyncGenerator<CompletionChunk> {
  for await (const chunk of chunks) if (!chunk.isEnd) yield chunk;
}

describe('what a stream died of decides', () => {
  const rescued = [
    'unknown_error',
    'service_unavailable',
    'app_not_available',
    'internal_error',
    'high_load',
    'console_error',
    'upstream_unreachable',
    'upstream_http_error',
    'upstream_truncated',
    'upstream_timeout',
    'upstream_idle_timeout',
    'upstream_connect_timeout',
    'upstream_connect_failed',
    'upstream_circuit_open',
  ];
  it.each(Object.keys(errorTable) as ErrorCode[])('%s', async (code) => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4, of: code }]);
    const { error, rescuedFrom } = await readRescued(upstream, requestOf(), { maxRescues: 1 });
    expect({ error, rescuedFrom }).toMatchObject(
      rescued.includes(code) ? { error: undefined, rescuedFrom: [code] } : { error: { code }, rescuedFrom: [] },
    );
  });

  it('a fault of our own is not rescued', async () => {
    const bug = new TypeError('a bug');
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4, of: bug }]);
    await expect(readRescued(upstream, requestOf(), { maxRescues: 3 })).resolves.toMatchObject({ error: bug });
    expect(upstream.asked).toHaveLength(1);
  });
});

describe('a continuation that does not begin', () => {
  it.each(['input_too_long', 'prompt_tokens_too_long', 'qps_limit_reached'] as const)(
    'for %s leaves the caller with what the stream died of',
    async (code) => {
      const upstream = createContinuingUpstream(text, [
        { diesAfter: 4, of: 'upstream_timeout' },
        { isStillborn: true, of: code },
      ]);
      const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3 });
      expect(outcome).toMatchObject({ text: text.slice(0, 4), error: { code: 'upstream_timeout' } });
      expect(upstream.asked).toHaveLength(2);
    },
  );

  const stillborn = { isStillborn: true, of: 'upstream_unreachable' } as const;

  it('because the upstream is still dying is asked for again after growing pauses, all in one rescue', async () => {
    const clock = createFakeClock({ random: 0 });
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }, stillborn, stillborn, stillborn]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 1 }, clock);
    expect(outcome).toMatchObject({ text, last: { rescues: 1 }, rescuedFrom: ['upstream_truncated'] });
    expect(outcome.isUsageIncomplete).toBe(true);
    expect(clock.sleeps).toEqual([100, 200, 400]);
    expect(new Set(upstream.asked.slice(1).map((request) => request.prompt))).toEqual(
      new Set([prompt + text.slice(0, 4)]),
    );
  });

  it('is asked for during 15 s at most, the last time at their end', async () => {
    const clock = createFakeClock({ random: 0 });
    const lives = [{ diesAfter: 4 }, ...Array.from({ length: 20 }, () => stillborn)];
    const upstream = createContinuingUpstream(text, lives);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3 }, clock);
    expect(outcome).toMatchObject({ text: text.slice(0, 4), error: { code: 'upstream_truncated' } });
    expect(clock.sleeps).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 3_700]);
  });

  it('has pauses of its own after each death', async () => {
    const clock = createFakeClock({ random: 0 });
    const lives = [{ diesAfter: 4 }, stillborn, stillborn, { diesAfter: 4 }, stillborn];
    const outcome = await readRescued(createContinuingUpstream(text, lives), requestOf(), { maxRescues: 2 }, clock);
    expect(outcome).toMatchObject({ text, last: { rescues: 2 } });
    expect(clock.sleeps).toEqual([100, 200, 100]);
  });

  it('is no more asked for when the next time would be at the deadline of the request', async () => {
    const clock = createFakeClock({ random: 0 });
    const lives = [{ diesAfter: 4 }, ...Array.from({ length: 20 }, () => stillborn)];
    const upstream = createContinuingUpstream(text, lives);
    const call = { maxRescues: 3, deadlineMs: clock.now() + 700 };
    const outcome = await readRescued(upstream, requestOf(), call, clock);
    expect(outcome).toMatchObject({ text: text.slice(0, 4), error: { code: 'upstream_truncated' } });
    expect(clock.sleeps).toEqual([100, 200]);
  });

  it('waits as long as the upstream asks for', async () => {
    const clock = createFakeClock({ random: 0 });
    const of = new GatewayError('upstream_circuit_open', 'later', { retryAfterSeconds: 4 });
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }, { isStillborn: true, of }]);
    expect(await readRescued(upstream, requestOf(), { maxRescues: 1 }, clock)).toMatchObject({
      text,
      error: undefined,
    });
    expect(clock.sleeps).toEqual([4_000]);
  });

  it('is not waited for once the caller has gone', async () => {
    const controller = new AbortController();
    const gone = new GatewayError('client_disconnected', 'gone');
    const clock = {
      ...createFakeClock(),
      sleep: async () => {
        controller.abort(gone);
        throw gone;
      },
    };
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }, stillborn]);
    const call = { maxRescues: 1, signal: controller.signal };
    expect(await readRescued(upstream, requestOf(), call, clock)).toMatchObject({ error: gone });
    expect(upstream.asked).toHaveLength(2);
  });
});

describe('a continuation that failed before it began may have been charged', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('after %s, or not', async (code) => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 6 }, { isStillborn: true, of: code }]);
    const { isUsageIncomplete } = await readRescued(upstream, requestOf(), { maxRescues: 2 });
    expect(isUsageIncomplete).toBe(errorTable[code].mayBeCharged);
  });
});

describe('a continuation', () => {
  it('is not asked for again where the upstream asks to be left alone for longer than a rescue lasts', async () => {
    const of = new GatewayError('high_load', 'later', { retryAfterSeconds: 30 });
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }, { isStillborn: true, of }]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3 });
    expect(outcome).toMatchObject({ text: text.slice(0, 4), error: { code: 'upstream_truncated' } });
    expect(upstream.asked).toHaveLength(2);
  });

  it('that meets a fault of our own does not hide it', async () => {
    const bug = new TypeError('a bug');
    const upstream = createContinuingUpstream(text, [{ diesAfter: 4 }, { isStillborn: true, of: bug }]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3 });
    expect(outcome.error).toBe(bug);
  });

  const stillborn = (of: ErrorCode): Life => ({ isStillborn: true, of });

  it.each<[string, ErrorCode, boolean]>([
    ['may have charged for it makes the usage incomplete', 'upstream_unreachable', true],
    ['was not even reached leaves the usage as it is', 'upstream_connect_failed', false],
  ])('that falls back from an upstream that %s', async (_name, of, isUsageIncomplete) => {
    const one = createContinuingUpstream(text, [{ diesAfter: 6 }, stillborn(of)]);
    // The first rescue ends with the error of the second upstream, which was not charged.
    const two = createContinuingUpstream(text, [stillborn('high_load')]);
    const told: boolean[] = [];
    const upstream = askInOrder([
      { name: 'one', upstream: one },
      { name: 'two', upstream: two },
    ]);
    const onFallback = ({ mayHaveBeenCharged }: Fallback) => void told.push(mayHaveBeenCharged);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 2, observer: { onFallback } });
    expect(outcome).toMatchObject({ text, isUsageIncomplete, last: { rescues: 1, isUsageIncomplete } });
    expect(told).toEqual([isUsageIncomplete]);
  });

  it('may be given by another upstream, though the answer was not to begin there', async () => {
    const one = createContinuingUpstream(text, [{ diesAfter: 6 }, stillborn('upstream_connect_timeout')]);
    const two = createContinuingUpstream(text, []);
    const upstream = askInOrder([
      { name: 'one', upstream: one },
      { name: 'two', upstream: two },
    ]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 1, mayFallBack: false });
    expect(outcome).toMatchObject({ text, error: undefined });
    expect(two.asked).toHaveLength(1);
  });
});

describe('a stream that ends well', () => {
  it('leaves its connection to the next request', async () => {
    const event = (fields: object) => `data: ${JSON.stringify({ id: 'c', created: 1, ...fields })}\n\n`;
    const body =
      event({ choices: [{ text: 'a', index: 0 }] }) +
      event({ choices: [{ text: 'b', index: 0, finish_reason: 'stop' }] }) +
      event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } });
    const server = await startHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'text/event-stream').end(`${body}data: [DONE]\n\n`);
    });
    const upstream = createUpstream({
      baseUrl: server.url,
      chooseCodec: () => openAiCompletionsUpstream,
      abilities: { suffix: true, stopItems: 4, stopCharacters: Infinity },
      credentials: noCredentials,
      transport: createTransport(),
      silence: { firstEventTimeoutMs: 10_000, idleTimeoutMs: 10_000, textTimeoutMs: 10_000 },
      retries: { retryCount: 0, backoffFactor: 0, budget: createRetryBudget(0), clock: systemClock },
      circuits: createCircuits({ upstream: 'openai', failureThreshold: 0, clock: systemClock, log: () => undefined }),
      clock: systemClock,
    });
    for (let request = 0; request < 3; request += 1) {
      expect(await readRescued(upstream, requestOf(), { maxRescues: 1 })).toMatchObject({ text: 'ab' });
    }
    expect(server.connections()).toBe(1);
    await server.close();
  });

  it('is whole, whatever comes after its end', async () => {
    const upstream = createContinuingUpstream(text, []);
    const breaking = {
      ...upstream,
      stream: async (...given: Parameters<typeof upstream.stream>) => thenBreak(await upstream.stream(...given)),
    };
    const outcome = await readRescued(breaking, requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text, error: undefined, rescuedFrom: [] });
    expect(outcome.chunks.filter(({ isEnd }) => isEnd)).toHaveLength(1);
  });
});

async function* thenBreak(chunks: AsyncIterable<CompletionChunk>): AsyncGenerator<CompletionChunk> {
  for await (const chunk of chunks) {
    yield chunk;
    if (chunk.isEnd) yield { ...chunk, text: 'stray' };
  }
  throw new GatewayError('upstream_truncated', 'broke');
}

describe('max_tokens', () => {
  it('are for the whole text: a continuation has what is left', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 10 }]);
    const outcome = await readRescued(upstream, requestOf({ maxTokens: 25 }), { maxRescues: 1 });
    expect(upstream.asked.map(({ maxTokens }) => maxTokens)).toEqual([25, 15]);
    expect(outcome).toMatchObject({ text: text.slice(0, 25), last: { finishReason: 'length', rescues: 1 } });
  });

  it('that are used up end the text, and nobody is asked again', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 10 }]);
    const outcome = await readRescued(upstream, requestOf({ maxTokens: 10 }), { maxRescues: 1 });
    expect(outcome).toMatchObject({ text: text.slice(0, 10), error: undefined, rescuedFrom: [] });
    expect(outcome.last).toMatchObject({ isEnd: true, finishReason: 'length', rescues: 0 });
    expect(outcome.chunks.filter(({ isEnd }) => isEnd)).toHaveLength(1);
  });

  it('count one for each piece where the upstream does not count', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 10, usage: 'end', pieceLength: 2 }]);
    await readRescued(upstream, requestOf({ maxTokens: 25 }), { maxRescues: 1 });
    expect(upstream.asked.map(({ maxTokens }) => maxTokens)).toEqual([25, 20]);
  });

  it.each([
    // Five pieces of one character, each of three bytes.
    ['each byte of Chinese characters that come one by one', '千帆续写文本', 1, 5, 90 - 15],
    // Three pieces of two characters: the model has tokens of several.
    ['one for each piece of several Chinese characters', '千帆续写文本', 2, 5, 90 - 3],
    ['the four bytes of a character beyond the basic plane', '🚀🚀🚀', 2, 4, 90 - 8],
    ['one for each letter of a narrow alphabet', 'éèêë', 1, 3, 90 - 3],
  ])('count %s where the upstream does not', async (_what, whole, pieceLength, diesAfter, left) => {
    const upstream = createContinuingUpstream(whole, [{ diesAfter, usage: 'end', pieceLength }]);
    await readRescued(upstream, requestOf({ maxTokens: 90 }), { maxRescues: 1 });
    expect(upstream.asked.map(({ maxTokens }) => maxTokens)).toEqual([90, left]);
  });

  it('count what comes after the last count of the upstream too', async () => {
    // Counted are the three code units of the first piece; two more pieces come.
    const upstream = createContinuingUpstream(text, [{ diesAfter: 9, usage: 'first' }]);
    await readRescued(upstream, requestOf({ maxTokens: 25 }), { maxRescues: 1 });
    expect(upstream.asked.map(({ maxTokens }) => maxTokens)).toEqual([25, 20]);
  });
});

describe('the usage', () => {
  it('is the sum of all prompts and all tokens, in every chunk that of the text so far', async () => {
    const upstream = createContinuingUpstream('abcdefghi', [{ diesAfter: 6 }]);
    const { chunks, isUsageIncomplete } = await readRescued(upstream, requestOf(), { maxRescues: 1 });
    // The prompts have 2 and 8 tokens.
    expect(chunks.map(({ usage }) => usage)).toEqual([
      { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
      { promptTokens: 2, completionTokens: 6, totalTokens: 8 },
      { promptTokens: 10, completionTokens: 9, totalTokens: 19 },
    ]);
    expect(isUsageIncomplete).toBe(false);
    expect(chunks.at(-1)?.isUsageIncomplete).toBe(false);
  });

  it('is what is known, and is said to be incomplete, when an answer broke off before its usage came', async () => {
    const lives: Life[] = [{ diesAfter: 6, usage: 'end' }, { usage: 'end' }];
    const outcome = await readRescued(createContinuingUpstream('abcdefghi', lives), requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({
      isUsageIncomplete: true,
      last: { isUsageIncomplete: true, usage: { promptTokens: 8, completionTokens: 3, totalTokens: 11 } },
    });
  });

  it('is the sum of more than two answers, and so are the tokens that are left', async () => {
    const upstream = createContinuingUpstream('abcdefghi', [{ diesAfter: 3 }, { diesAfter: 3 }]);
    const { last } = await readRescued(upstream, requestOf({ maxTokens: 8 }), { maxRescues: 2 });
    expect(upstream.asked.map(({ maxTokens }) => maxTokens)).toEqual([8, 5, 2]);
    // The prompts have 2, 5 and 8 tokens.
    expect(last?.usage).toEqual({ promptTokens: 15, completionTokens: 8, totalTokens: 23 });
  });

  it('that a dead answer told at its beginning only is incomplete', async () => {
    const lives: Life[] = [{ diesAfter: 6, pieceLength: 1, usage: 'first' }, {}];
    const outcome = await readRescued(createContinuingUpstream('abcdefghi', lives), requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({
      isUsageIncomplete: true,
      last: { usage: { promptTokens: 10, completionTokens: 4 } },
    });
  });

  it('is absent, and incomplete, when no answer has any', async () => {
    const lives: Life[] = [{ diesAfter: 6, usage: 'never' }, { usage: 'never' }];
    const outcome = await readRescued(createContinuingUpstream('abcdefghi', lives), requestOf(), { maxRescues: 1 });
    expect(outcome.last).toMatchObject({ usage: undefined, isUsageIncomplete: true });
  });

  it('of a stream that needed no rescue is as it was', async () => {
    const upstream = createContinuingUpstream('abcdefghi', [{ usage: 'never' }]);
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 1 });
    expect(outcome).toMatchObject({ isUsageIncomplete: false, last: { rescues: 0, isUsageIncomplete: false } });
  });
});

describe('an input that one answer found unsafe', () => {
  it('is unsafe to the end', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 6, isSafe: false }]);
    const { last } = await readRescued(upstream, requestOf(), { maxRescues: 1 });
    expect(last).toMatchObject({ isSafe: false });
  });
});

describe('cancelling', () => {
  const call = (signal: AbortSignal) => ({ requestId: 'r', signal, deadlineMs: Infinity, maxRescues: 3 });

  it('by leaving closes the answer that is open', async () => {
    const upstream = createContinuingUpstream(text, [{ diesAfter: 10 }]);
    let isLeft = false;
    for await (const chunk of await withRescue(upstream, createFakeClock()).stream(
      requestOf(),
      call(new AbortController().signal),
    )) {
      isLeft = chunk.usage !== undefined && chunk.usage.completionTokens > 10;
      if (isLeft) break;
    }
    expect(isLeft).toBe(true);
    expect(upstream.asked).toHaveLength(2);
    expect(upstream.open()).toBe(0);
  });

  it('by the signal asks nobody again', async () => {
    const controller = new AbortController();
    const upstream = createContinuingUpstream(text, [{ diesAfter: 3 }]);
    const stream = await withRescue(upstream, createFakeClock()).stream(requestOf(), call(controller.signal));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    controller.abort(new GatewayError('client_disconnected', 'gone'));
    await expect(iterator.next()).rejects.toMatchObject({ code: 'upstream_truncated' });
    expect(upstream.asked).toHaveLength(1);
  });

  it('while a continuation is asked for throws why', async () => {
    const controller = new AbortController();
    const reason = new GatewayError('deadline_exceeded', 'late');
    const dying = createContinuingUpstream(text, [{ diesAfter: 3 }]);
    const upstream = {
      ...dying,
      stream: async (...given: Parameters<typeof dying.stream>) => {
        if (dying.asked.length === 0) return dying.stream(...given);
        controller.abort(reason);
        throw reason;
      },
    };
    const outcome = await readRescued(upstream, requestOf(), { maxRescues: 3, signal: controller.signal });
    expect(outcome).toMatchObject({ text: text.slice(0, 3), error: reason });
  });
});
