// How long an upstream may be silent, and what is no silence.
import { GatewayError } from '../../../lib/core/errors.ts';
import { qianfanV1CompletionsUpstream } from '../../../lib/dialects/qianfan-v1/completions.ts';
import { openAiChatUpstream } from '../../../lib/dialects/openai/chat.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { anyRequest, answer, createExchange } from '../../doubles/create-exchange.ts';
import type { Step } from '../../doubles/create-exchange.ts';

const limits = { firstEventTimeoutMs: 2_000, idleTimeoutMs: 1_000, textTimeoutMs: 10_000 };
const repeat = (count: number, ...steps: readonly Step[]): readonly Step[] => Array(count).fill(steps).flat() as Step[];

function createSlow(
  steps: readonly Step[],
  { codec = qianfanV1CompletionsUpstream, contentType = 'text/event-stream' } = {},
) {
  const clock = createFakeClock();
  const exchange = createExchange({ clock, codec, silence: limits });
  exchange.answerWith(answer(steps, { contentType, clock }));
  const stream = async () => {
    const chunks = await Array.fromAsync(await exchange.upstream.stream(anyRequest, exchange.call()));
    return chunks.map(({ text }) => text).join('');
  };
  const complete = async () => (await exchange.upstream.complete(anyRequest, exchange.call())).text;
  return { ...exchange, stream, complete };
}

const frame = (result: string, isEnd = false): string => `data: ${JSON.stringify({ result, is_end: isEnd })}\n\n`;
const chat = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`;

describe('silence', () => {
  it('before the first event ends the attempt with upstream_timeout', async () => {
    const message = 'The upstream was silent for 2 s';
    for (const steps of [
      [2_000, frame('late', true)],
      [': begin\n\n', 2_000, frame('late', true)],
    ]) {
      const { stream } = createSlow(steps);
      await expect(stream()).rejects.toMatchObject({ code: 'upstream_timeout', message });
    }
  });

  it('that is shorter does not', async () => {
    await expect(createSlow([1_999, frame('a'), 999, frame('b', true)]).stream()).resolves.toBe('ab');
  });

  it('between two events ends the stream with upstream_idle_timeout', async () => {
    await expect(createSlow([frame('one'), 1_000, frame('late', true)]).stream()).rejects.toMatchObject({
      code: 'upstream_idle_timeout',
      message: 'The upstream was silent for 1 s in the middle of the stream',
    });
  });

  it('before the head of the response ends the attempt', async () => {
    const { upstream, call, clock, answerWith } = createSlow([]);
    answerWith(async (_request, signal) => {
      clock.advance(2_000);
      throw signal.reason;
    });
    await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('is not the time the reader takes', async () => {
    const { upstream, call, clock } = createSlow([frame('one') + frame('two'), frame('three', true)]);
    const texts: string[] = [];
    for await (const { text } of await upstream.stream(anyRequest, call())) {
      texts.push(text);
      clock.advance(5_000);
    }
    expect(texts).toEqual(['one', 'two', 'three']);
  });
});

describe.each([
  ['comments', ': ping\n\n', qianfanV1CompletionsUpstream],
  ['the bytes of an event that takes long', ': pi', qianfanV1CompletionsUpstream],
  ['events without data', 'event: ping\nid: 1\n\n', qianfanV1CompletionsUpstream],
  ['empty data', 'data:\n\n', qianfanV1CompletionsUpstream],
  ['pings', 'event: ping\ndata: ping\n\n', qianfanV1CompletionsUpstream],
  ['thoughts', chat({ content: null, reasoning_content: 'hm' }), openAiChatUpstream],
  ['progress', 'data: {"choices":[],"prompt_progress":{"processed":15}}\n\n', openAiChatUpstream],
  ['events without text', chat({ content: '' }), openAiChatUpstream],
])('%s', (_name, bytes, codec) => {
  const isV1 = codec === qianfanV1CompletionsUpstream;
  const [piece, end] = isV1 ? [frame('a'), frame('b', true)] : [chat({ content: 'a' }), chat({ content: 'b' }, 'stop')];

  it('are signs of life before the first text', async () => {
    const { stream } = createSlow([...repeat(5, bytes, 1_500), '\n\n', piece, end], { codec });
    await expect(stream()).resolves.toBe('ab');
  });

  it('are signs of life between two texts', async () => {
    const { stream } = createSlow([piece, ...repeat(8, bytes, 900), '\n\n', end], { codec });
    await expect(stream()).resolves.toBe('ab');
  });

  it('alone end the attempt once there has been no text for too long', async () => {
    const { stream } = createSlow([...repeat(20, bytes, 1_500), '\n\n', piece, end], { codec });
    await expect(stream()).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: 'The upstream sent no text for 10 s',
    });
  });

  it('alone end the stream once there has been no text for too long', async () => {
    const { stream } = createSlow([piece, ...repeat(20, bytes, 900), '\n\n', end], { codec });
    await expect(stream()).rejects.toMatchObject({
      code: 'upstream_idle_timeout',
      message: 'The upstream sent no text for 10 s in the middle of the stream',
    });
  });

  it('are silence when they stop coming', async () => {
    const { stream } = createSlow([piece, ...repeat(3, bytes, 900), 100, '\n\n', end], { codec });
    await expect(stream()).rejects.toMatchObject({ code: 'upstream_idle_timeout' });
  });
});

describe('a body that is no stream', () => {
  const whole = { contentType: 'application/json' };

  it('may be preceded by white space for as long as it comes in time', async () => {
    await expect(createSlow([...repeat(5, ' ', 1_500), '{"result":"a"}'], whole).complete()).resolves.toBe('a');
  });

  it('does not begin for ever', async () => {
    const { complete } = createSlow([...repeat(20, '\n', 1_500), '{"result":"a"}'], whole);
    await expect(complete()).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: expect.stringContaining('10 s'),
    });
  });

  it('has to come whole within the first limit after its last white space: its bytes are no signs of life', async () => {
    const steps = [' ', 1_500, '{"result":', 1_000, '"a"', 900, '}'];
    await expect(createSlow(steps, whole).complete()).resolves.toBe('a');
    await expect(createSlow([...steps.slice(0, -1), 100, '}'], whole).complete()).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
  });
});

describe('the deadline', () => {
  const late = new GatewayError('deadline_exceeded', 'late');
  const askUntil = async (
    afterMs: number,
    steps: readonly Step[] = [],
    reason: GatewayError = late,
  ): Promise<unknown> => {
    const clock = createFakeClock();
    const silence = { firstEventTimeoutMs: 60_000, idleTimeoutMs: 60_000, textTimeoutMs: 60_000 };
    const { upstream, call, answerWith } = createExchange({ clock, silence });
    const controller = new AbortController();
    clock.startTimer(afterMs, () => controller.abort(reason));
    answerWith(answer([...steps, afterMs, frame('never', true)], { clock, contentType: 'text/event-stream' }));
    const asking = async () => Array.fromAsync(await upstream.stream(anyRequest, call({ signal: controller.signal })));
    return asking().catch((thrown: unknown) => thrown);
  };

  it('that ends a long silence has it as its cause', async () => {
    const error = await askUntil(10_000);
    expect(error).toMatchObject({ code: 'deadline_exceeded', message: 'late' });
    expect((error as Error).cause).toMatchObject({
      code: 'upstream_timeout',
      message: 'The upstream was silent for 10 s',
    });
  });

  it('has no cause when the silence was short', async () => {
    expect(await askUntil(9_999)).toBe(late);
  });

  it('has no cause after the first event', async () => {
    expect(await askUntil(20_000, [frame('one')])).toBe(late);
  });

  it('is not what a caller has who leaves', async () => {
    const gone = new GatewayError('client_disconnected', 'gone');
    expect(await askUntil(20_000, [], gone)).toBe(gone);
  });
});
