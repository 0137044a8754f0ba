// Streams under every label, and the events in them that carry nothing.
import { begun, chunk, delta, done, frame, whole } from './living-upstreams/frames.ts';
import { createLivingGateway } from './living-upstreams/create-living-gateway.ts';
import { dialects, readAnswer } from './living-upstreams/read-answer.ts';
import { startTellingUpstream } from './living-upstreams/start-telling-upstream.ts';
import { useLivingGateways } from './living-upstreams/use-living-gateways.ts';

const { upstream, gateway } = useLivingGateways();

describe('content types', () => {
  const streamed = begun + chunk('', 'stop') + done;
  it.each([
    'application/json',
    'text/plain',
    'application/x-ndjson',
    'text/event-stream',
    'application/octet-stream',
    undefined,
  ])('a stream labelled %s is read, whole or streamed, and so is JSON', async (type) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        for (const body of [streamed, `: hello\n\n${streamed}`, `\n\n${streamed}`, whole('def fib(n):')]) {
          upstream().tell({ body, headers });
          expect(readAnswer(await gateway('completions').ask({ dialect, stream }), dialect)).toMatchObject({
            text: 'def fib(n):',
            isWhole: true,
          });
        }
      }
    }
  });
});

describe('keep-alives', () => {
  it.each([
    ': ping\n\n',
    'data:\n\n',
    'data: \n\n',
    'event: ping\ndata: ping\n\n',
    'event: ping\ndata: {"type":"ping"}\n\n',
    'data: ping\n\n',
    'event: heartbeat\ndata: 7\n\n',
    'event: stats\ndata: <x>\n\n',
    'event: stats\ndata: {"load":1}\n\n',
    'id: 4\n\n',
    'retry: 100\n\n',
  ])('%j is passed over', async (bytes) => {
    for (const dialect of dialects) {
      for (const [through, body] of [
        ['completions', bytes + chunk('def fib') + bytes + chunk('(n):', 'stop') + bytes + done],
        ['chat', bytes + delta({ content: 'def fib' }) + bytes + delta({ content: '(n):' }, 'stop') + bytes + done],
        ['v1', bytes + frame(0, 'def fib', false) + bytes + frame(1, '(n):', true)],
      ] as const) {
        upstream().tell({ body });
        expect(readAnswer(await gateway(through).ask({ dialect, stream: true }), dialect)).toMatchObject({
          text: 'def fib(n):',
          isWhole: true,
        });
      }
    }
  });
});

describe('signs of life', () => {
  const signs = {
    thoughts: delta({ reasoning_content: 'hm' }),
    'an empty text': chunk(''),
    progress: chunk('', null, { choices: [], prompt_progress: { total: 9, processed: 1 } }),
    timings: chunk('', null, { choices: [], timings: {} }),
    comments: ': ping\n\n',
    'empty data': 'data:\n\n',
    pings: 'event: ping\ndata: {}\n\n',
  };
  const pauseMs = 150;

  /** Asks an upstream of its own, so that all signs can be tried at once. */
  const askOne = async (body: readonly string[], environment: Readonly<Record<string, string>>) => {
    const own = await startTellingUpstream();
    own.tell({ body, pauseMs });
    const answer = await createLivingGateway({ openai: `${own.url}/v1` }, { environment }).ask({
      dialect: 'openai',
      stream: true,
    });
    await own.close();
    return readAnswer(answer, 'openai');
  };
  const askEach = (bodyOf: (sign: string) => readonly string[], environment: Readonly<Record<string, string>>) =>
    Promise.all(Object.values(signs).map((sign) => askOne(bodyOf(sign), environment)));
  const forEach = (expected: object): readonly object[] =>
    Object.keys(signs).map(() => expect.objectContaining(expected));

  it('are no silence, before the text and in it', async () => {
    // Ten signs take longer than an upstream may be silent.
    const tenOf = (sign: string) => Array.from({ length: 10 }, () => sign);
    const answers = await askEach(
      (sign) => [...tenOf(sign), chunk('def fib'), ...tenOf(sign), chunk('(n):', 'stop') + done],
      { QIANFAN_LLM_API_RETRY_TIMEOUT: '1' },
    );
    expect(answers).toEqual(forEach({ text: 'def fib(n):', isWhole: true }));
  });

  it('are not enough for ever: a text has to come in the time that is set for it', async () => {
    const forEver = (sign: string) => Array.from({ length: 200 }, () => sign);
    const environment = { QIANFAN_LLM_API_RETRY_TIMEOUT: '20', UPSTREAM_TEXT_TIMEOUT: '1' };
    const [none, some] = await Promise.all([
      askEach(forEver, environment),
      askEach((sign) => [chunk('def fib'), ...forEver(sign)], environment),
    ]);
    expect(none).toEqual(forEach({ code: 'upstream_timeout', message: 'The upstream sent no text for 1 s' }));
    expect(some).toEqual(forEach({ text: 'def fib', code: 'upstream_idle_timeout', saysEnd: false }));
  });
});
