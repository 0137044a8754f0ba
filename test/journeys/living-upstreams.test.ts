// What upstreams that live really send, as callers of both dialects and the queue get it: the whole truth, or an error.
import type { UpstreamName } from '../../lib/config/shape.ts';
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import { createLivingGateway } from './living-upstreams/create-living-gateway.ts';
import type { LivingAnswer, LivingGateway } from './living-upstreams/create-living-gateway.ts';
import { chunk, delta, done, event, frame, readEvents, usage, whole } from './living-upstreams/frames.ts';
import { startTellingUpstream } from './living-upstreams/start-telling-upstream.ts';
import type { TellingUpstream } from './living-upstreams/start-telling-upstream.ts';

let upstream: TellingUpstream;
let gateways: Readonly<Record<'completions' | 'chat' | 'v1', LivingGateway>>;

beforeAll(async () => {
  upstream = await startTellingUpstream();
  const openai = `${upstream.url}/v1`;
  gateways = {
    completions: createLivingGateway({ openai }),
    chat: createLivingGateway({ openai }, { isChat: true }),
    v1: createLivingGateway({ 'qianfan-v1': upstream.url }),
  };
});

afterAll(() => upstream.close());

const dialects: readonly UpstreamName[] = ['qianfan-v1', 'openai'];
const forms = ['own', 'batch'] as const;

/** The text of an answer, and the code of its error; whether it says that it is whole. */
function read({ text }: LivingAnswer, dialect: UpstreamName) {
  const events = text.startsWith('data:') ? readEvents(text) : [JSON.parse(text) as Readonly<Record<string, unknown>>];
  const choices = events.flatMap((one) => (one['choices'] ?? []) as Readonly<Record<string, unknown>>[]);
  const isV1 = dialect === 'qianfan-v1';
  const error = events.findLast((one) => (isV1 ? one['error_code'] : one['error']) !== undefined);
  const code = isV1
    ? error?.['error_code']
    : (error?.['error'] as Readonly<Record<string, unknown>> | undefined)?.['code'];
  return {
    text: (isV1 ? events.map(({ result }) => result ?? '') : choices.map((choice) => choice['text'])).join(''),
    code,
    message: isV1
      ? error?.['error_msg']
      : (error?.['error'] as Readonly<Record<string, unknown>> | undefined)?.['message'],
    isWhole: error === undefined && (text.startsWith('data:') ? /"is_end":true|\[DONE\]/.test(text) : true),
    saysEnd: /"finish_reason":"|"is_end":true|\[DONE\]/.test(text),
    events,
  };
}

/** The V1 number of an error of this upstream, where it is another one than the table says. */
const numbers: Partial<Record<ErrorCode, number>> = { upstream_http_error: 336000, upstream_auth_failed: 14 };
const codeIn = (dialect: UpstreamName, code: ErrorCode): unknown =>
  dialect === 'openai' ? code : (numbers[code] ?? errorTable[code].errorCode);

interface Kind {
  readonly name: string;
  readonly gateway: 'completions' | 'chat' | 'v1';
  readonly body: string;
  readonly code: ErrorCode;
  /** What reaches the caller of the upstream's words. */
  readonly words?: string;
}

const begun = chunk('def fib') + chunk('(n):');
const begunChat = delta({ role: 'assistant', content: 'def fib' }) + delta({ content: '(n):' });
const begunV1 = frame(0, 'def fib', false) + frame(1, '(n):', false);

const errorFrames: readonly (readonly [string, ErrorCode, string])[] = [
  [
    'error: {"code":500,"message":"slot context exhausted","type":"server_error"}\n\n',
    'upstream_http_error',
    'slot context exhausted',
  ],
  [event({ error: { code: 500, message: 'broken' } }), 'upstream_http_error', 'broken'],
  [event({ error: 'broken' }), 'internal_error', 'broken'],
  [event({ text: '**NETWORK ERROR**', error_code: 50_004 }), 'upstream_http_error', '**NETWORK ERROR**'],
  [
    event({ object: 'error', message: 'engine died', type: 'InternalServerError', code: 500 }),
    'upstream_http_error',
    'engine died',
  ],
  [`event: error\n${event({ message: 'engine died' })}`, 'internal_error', 'engine died'],
  [`event: error\n${event('engine died')}`, 'internal_error', 'engine died'],
  [event({ detail: 'CUDA out of memory' }), 'internal_error', 'CUDA out of memory'],
  [event({ message: 'engine died' }), 'internal_error', 'engine died'],
  [event({ requestId: 'r', code: 'server_overloaded', message: 'busy' }), 'high_load', 'busy'],
  [event({ code: 'rpm_rate_limit_exceeded', msg: 'slow down' }), 'rpm_limit_reached', 'slow down'],
  ['{"error":{"code":503,"message":"Loading model"}}\n', 'high_load', 'Loading model'],
];
const badEnds = ['abort', 'error', 'timeout', 'banana', 'ABORT', 'network error'];

const midStream: readonly Kind[] = [
  ...errorFrames.flatMap(([bytes, code, words]) =>
    [done, ''].flatMap((end) => [
      {
        name: `${bytes.trim()} ${end.trim()}`,
        gateway: 'completions',
        body: begun + bytes + end,
        code,
        words,
      } as const,
      {
        name: `chat ${bytes.trim()} ${end.trim()}`,
        gateway: 'chat',
        body: begunChat + bytes + end,
        code,
        words,
      } as const,
    ]),
  ),
  ...badEnds.flatMap((reason): Kind[] => [
    {
      name: `finish_reason ${reason}`,
      gateway: 'completions',
      body: begun + chunk('', reason) + done,
      code: 'upstream_truncated',
    },
    {
      name: `finish_reason ${reason} and usage`,
      gateway: 'completions',
      body: begun + chunk('', reason, { usage }) + done,
      code: 'upstream_truncated',
    },
    {
      name: `chat finish_reason ${reason}`,
      gateway: 'chat',
      body: begunChat + delta({}, reason) + done,
      code: 'upstream_truncated',
    },
    {
      name: `V1 finish_reason ${reason}`,
      gateway: 'v1',
      body: begunV1 + frame(2, '', true, { finish_reason: reason }),
      code: 'upstream_truncated',
    },
  ]),
  {
    name: 'V1 error frame',
    gateway: 'v1',
    body: begunV1 + event({ error_code: 336100, error_msg: 'busy' }),
    code: 'high_load',
    words: 'busy',
  },
  {
    name: 'V1 error field',
    gateway: 'v1',
    body: `${begunV1}error: {"code":500,"message":"broken"}\n\n`,
    code: 'upstream_http_error',
    words: 'broken',
  },
  { name: 'no end at all', gateway: 'completions', body: begun, code: 'upstream_truncated' },
  { name: 'V1 without is_end', gateway: 'v1', body: begunV1, code: 'upstream_truncated' },
];

describe.each(midStream)('a text that ends in $name', ({ gateway, body, code, words }) => {
  it.each(dialects)('ends in an error for a streaming caller of %s, and is not kept', async (dialect) => {
    upstream.tell({ body });
    const headers = { 'idempotency-key': `${expect.getState().currentTestName?.length}-${Math.random()}` };
    for (const times of [1, 2]) {
      const answer = await gateways[gateway].ask({ dialect, stream: true, headers });
      expect(read(answer, dialect)).toMatchObject({
        text: 'def fib(n):',
        code: codeIn(dialect, code),
        isWhole: false,
        saysEnd: false,
      });
      if (words !== undefined) expect(read(answer, dialect).message).toBe(words);
      expect(upstream.asked()).toHaveLength(times);
    }
  });

  it.each(dialects)('is an error for a whole caller of %s', async (dialect) => {
    upstream.tell({ body });
    const answer = await gateways[gateway].ask({ dialect });
    expect(read(answer, dialect)).toMatchObject({ text: '', code: codeIn(dialect, code) });
    expect(answer.status).toBe(dialect === 'openai' ? errorTable[code].status : 200);
  });

  it.each(forms)('comes back in the queue as %s', async (form) => {
    upstream.tell({ body });
    const { result, thrown } = await gateways[gateway].answer(form);
    if (errorTable[code].disposition === 'refused') expect(result).toBeDefined();
    else expect({ result, code: thrown?.code }).toEqual({ result: undefined, code });
  });
});

describe.each(midStream.filter(({ gateway, code }) => gateway !== 'chat' && errorTable[code].continuesStream))(
  'a rescued stream that ends in $name',
  ({ gateway, body }) => {
    it.each(dialects)('goes on for a caller of %s', async (dialect) => {
      const rest = gateway === 'v1' ? frame(0, ' return n', true) : chunk(' return n', 'stop') + done;
      upstream.tell({ body }, { body: rest });
      const answer = await gateways[gateway].ask({ dialect, stream: true, headers: { 'x-stream-rescue': '1' } });
      expect(read(answer, dialect)).toMatchObject({ text: 'def fib(n): return n', code: undefined, isWhole: true });
      expect(upstream.asked()[1]).toMatchObject({ prompt: 'defdef fib(n):' });
    });
  },
);

describe('a good end', () => {
  it.each(['stop', 'eos', 'eos_token', 'stop_sequence', 'end_turn', 'length', 'max_tokens', 'model_length', 'STOP'])(
    '%s ends a text',
    async (reason) => {
      const expected = /^(?:length|max_tokens|model_length)$/.test(reason) ? 'length' : 'stop';
      for (const dialect of dialects) {
        for (const stream of [true, false]) {
          upstream.tell({ body: stream ? begun + chunk('', reason) + done : whole('def fib(n):', reason) });
          const answer = await gateways.completions.ask({ dialect, stream });
          expect(read(answer, dialect)).toMatchObject({ text: 'def fib(n):', isWhole: true });
          if (dialect === 'openai') expect(answer.text).toContain(`"finish_reason":"${expected}"`);
          else expect(answer.text.includes('"is_truncated":true')).toBe(expected === 'length');
        }
      }
    },
  );
});

interface Refusal {
  readonly error: object;
  readonly code: ErrorCode;
  readonly words?: string;
  readonly attempts: number;
}

const context = 'the request exceeds the available context size';
const maximum = "This model's maximum context length is 2048 tokens. However, you requested 3000 tokens";
const refusals: readonly Refusal[] = [
  {
    error: { error: { code: 400, message: context, type: 'exceed_context_size_error' } },
    code: 'prompt_tokens_too_long',
    words: context,
    attempts: 1,
  },
  {
    error: { error: { code: 500, message: context, type: 'server_error' } },
    code: 'prompt_tokens_too_long',
    words: context,
    attempts: 1,
  },
  {
    error: { object: 'error', message: maximum, type: 'BadRequestError', code: 400 },
    code: 'prompt_tokens_too_long',
    words: maximum,
    attempts: 1,
  },
  {
    error: { error: { message: maximum, type: 'invalid_request_error', code: 'context_length_exceeded' } },
    code: 'prompt_tokens_too_long',
    words: maximum,
    attempts: 1,
  },
  {
    error: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    code: 'high_load',
    words: 'Loading model',
    attempts: 2,
  },
  {
    error: { error: { code: '503', message: 'Loading model' } },
    code: 'high_load',
    words: 'Loading model',
    attempts: 2,
  },
  {
    error: { error: { code: 429, message: 'Rate limit exceeded' } },
    code: 'rpm_limit_reached',
    words: 'Rate limit exceeded',
    attempts: 2,
  },
  {
    error: { error: { message: 'slow', error_type: 'rate_limit_exceeded' } },
    code: 'rpm_limit_reached',
    words: 'slow',
    attempts: 2,
  },
  { error: { error: 'overloaded', error_type: 'overloaded' }, code: 'high_load', words: 'overloaded', attempts: 2 },
  {
    error: { error_code: 18, error_msg: 'Open api qps request limit reached' },
    code: 'qps_limit_reached',
    words: 'Open api qps request limit reached',
    attempts: 2,
  },
  {
    error: { code: 'rpm_rate_limit_exceeded', msg: 'too many' },
    code: 'rpm_limit_reached',
    words: 'too many',
    attempts: 2,
  },
  {
    error: { requestId: 'r', code: 'invalid_model', message: 'no such model' },
    code: 'api_name_not_found',
    words: 'no such model',
    attempts: 1,
  },
  { error: { code: 400, message: 'bad', success: false }, code: 'invalid_parameter', words: 'bad', attempts: 1 },
  {
    error: { error: { message: 'inputs must have less than 1024 tokens', http_status_code: 422 } },
    code: 'prompt_tokens_too_long',
    attempts: 1,
  },
  { error: { detail: 'Not Found', status: 404 }, code: 'api_name_not_found', words: 'Not Found', attempts: 1 },
  {
    error: { detail: [{ loc: ['body', 'prompt'], msg: 'field required' }] },
    code: 'internal_error',
    words: 'field required',
    attempts: 1,
  },
];

describe.each(refusals)('an error inside 200, $error', ({ error, code, words, attempts }) => {
  const asWhole = JSON.stringify(error);
  const bodies = { 'in a body': asWhole, 'in the first event': event(error) + done };
  const ways = Object.entries(bodies).flatMap(([way, body]) =>
    dialects.flatMap((dialect) => [true, false].map((stream) => ({ way, body, dialect, stream }))),
  );

  it.each(ways)('$way means what its status would to $dialect (stream $stream)', async ({ body, dialect, stream }) => {
    upstream.tell({ body });
    const answer = await gateways.completions.ask({ dialect, stream });
    const expected = { text: '', code: codeIn(dialect, code), ...(words !== undefined && { message: words }) };
    expect(read(answer, dialect)).toMatchObject(expected);
    expect(answer.text).not.toContain('data:');
    expect(answer.status).toBe(dialect === 'openai' ? errorTable[code].status : 200);
    expect(answer.headers['Retry-After']).toBe(dialect === 'openai' && errorTable[code].retryable ? '1' : undefined);
    expect(upstream.asked()).toHaveLength(attempts);
  });

  it('is final in the queue where it is permanent', async () => {
    for (const form of forms) {
      upstream.tell({ body: asWhole });
      const { result, thrown } = await gateways.completions.answer(form);
      if (errorTable[code].disposition !== 'refused') expect(thrown?.code).toBe(code);
      else expect(JSON.stringify(result)).toContain(code);
    }
  });
});

describe('an error of an HTTP status', () => {
  it.each<[number, object | string, ErrorCode, string]>([
    [400, { object: 'error', message: 'bad prompt', code: 400 }, 'invalid_parameter', 'bad prompt'],
    [
      422,
      { detail: [{ msg: 'field required' }, { msg: 'too long' }] },
      'invalid_parameter',
      'field required; too long',
    ],
    [400, { detail: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
    [400, { message: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
    [429, { requestId: 'r', code: 'tpm_rate_limit_exceeded', message: 'slow' }, 'tpm_limit_reached', 'slow'],
    [500, { error: { code: 500, message: context } }, 'prompt_tokens_too_long', context],
    [400, { error: 'bad prompt' }, 'invalid_parameter', 'bad prompt'],
  ])('%i %j keeps its words', async (status, body, code, words) => {
    upstream.tell({ status, body: JSON.stringify(body) });
    for (const dialect of dialects) {
      const answer = await gateways.completions.ask({ dialect });
      expect(read(answer, dialect)).toMatchObject({ code: codeIn(dialect, code), message: words });
    }
  });
});

describe('a good answer with an empty error', () => {
  it.each([
    { error: {} },
    { error: '' },
    { error: null },
    { error: { message: '', type: '', param: '', code: null } },
    { error_code: '0' },
    { error_code: 0 },
  ])('%j is a good answer', async (more) => {
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        const streamed = chunk('def fib(n):', null, more) + chunk('', 'stop', more) + done;
        upstream.tell({ body: stream ? streamed : whole('def fib(n):', 'stop', more) });
        const answer = await gateways.completions.ask({ dialect, stream });
        expect(read(answer, dialect)).toMatchObject({ text: 'def fib(n):', isWhole: true });
        const asV1 = JSON.stringify({ id: 'as-1', result: 'def fib(n):', is_safe: 1, ...more });
        upstream.tell({ body: stream ? frame(0, 'def fib(n):', true, more) : asV1 });
        expect(read(await gateways.v1.ask({ dialect, stream }), dialect)).toMatchObject({
          text: 'def fib(n):',
          isWhole: true,
        });
      }
    }
  });
});

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
          upstream.tell({ body, headers });
          expect(read(await gateways.completions.ask({ dialect, stream }), dialect)).toMatchObject({
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
      for (const [gateway, body] of [
        ['completions', bytes + chunk('def fib') + bytes + chunk('(n):', 'stop') + bytes + done],
        ['chat', bytes + delta({ content: 'def fib' }) + bytes + delta({ content: '(n):' }, 'stop') + bytes + done],
        ['v1', bytes + frame(0, 'def fib', false) + bytes + frame(1, '(n):', true)],
      ] as const) {
        upstream.tell({ body });
        expect(read(await gateways[gateway].ask({ dialect, stream: true }), dialect)).toMatchObject({
          text: 'def fib(n):',
          isWhole: true,
        });
      }
    }
  });
});
