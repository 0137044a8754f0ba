// How a text ends: whole only in a way that is known to be good, for callers of both dialects and in the queue.
import { randomUUID } from 'node:crypto';
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';
import {
  begun,
  begunChat,
  begunV1,
  chunk,
  delta,
  done,
  event,
  frame,
  usage,
  whole,
} from './living-upstreams/frames.ts';
import { codeIn, dialects, forms, readAnswer } from './living-upstreams/read-answer.ts';
import { useLivingGateways } from './living-upstreams/use-living-gateways.ts';
import type { GatewayName } from './living-upstreams/use-living-gateways.ts';

const { upstream, gateway } = useLivingGateways();

interface Kind {
  readonly name: string;
  readonly through: GatewayName;
  readonly body: string;
  readonly code: ErrorCode;
  /** What reaches the caller of the upstream's words. */
  readonly words?: string;
}

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
        through: 'completions',
        body: begun + bytes + end,
        code,
        words,
      } as const,
      {
        name: `chat ${bytes.trim()} ${end.trim()}`,
        through: 'chat',
        body: begunChat + bytes + end,
        code,
        words,
      } as const,
    ]),
  ),
  ...badEnds.flatMap((reason): Kind[] => [
    {
      name: `finish_reason ${reason}`,
      through: 'completions',
      body: begun + chunk('', reason) + done,
      code: 'upstream_truncated',
    },
    {
      name: `finish_reason ${reason} and usage`,
      through: 'completions',
      body: begun + chunk('', reason, { usage }) + done,
      code: 'upstream_truncated',
    },
    {
      name: `chat finish_reason ${reason}`,
      through: 'chat',
      body: begunChat + delta({}, reason) + done,
      code: 'upstream_truncated',
    },
    {
      name: `V1 finish_reason ${reason}`,
      through: 'v1',
      body: begunV1 + frame(2, '', true, { finish_reason: reason }),
      code: 'upstream_truncated',
    },
  ]),
  {
    name: 'V1 error frame',
    through: 'v1',
    body: begunV1 + event({ error_code: 336100, error_msg: 'busy' }),
    code: 'high_load',
    words: 'busy',
  },
  {
    name: 'V1 error field',
    through: 'v1',
    body: `${begunV1}error: {"code":500,"message":"broken"}\n\n`,
    code: 'upstream_http_error',
    words: 'broken',
  },
  { name: 'no end at all', through: 'completions', body: begun, code: 'upstream_truncated' },
  { name: 'V1 without is_end', through: 'v1', body: begunV1, code: 'upstream_truncated' },
];

describe.each(midStream)('a text that ends in $name', ({ through, body, code, words }) => {
  it.each(dialects)('ends in an error for a streaming caller of %s, and is not kept', async (dialect) => {
    upstream().tell({ body });
    const headers = { 'idempotency-key': randomUUID() };
    for (const times of [1, 2]) {
      const answer = await gateway(through).ask({ dialect, stream: true, headers });
      expect(readAnswer(answer, dialect)).toMatchObject({
        text: 'def fib(n):',
        code: codeIn(dialect, code),
        message: expect.stringContaining(words ?? ''),
        isWhole: false,
        saysEnd: false,
      });
      expect(upstream().asked()).toHaveLength(times);
    }
  });

  it.each(dialects)('is an error for a whole caller of %s', async (dialect) => {
    upstream().tell({ body });
    const answer = await gateway(through).ask({ dialect });
    expect(readAnswer(answer, dialect)).toMatchObject({ text: '', code: codeIn(dialect, code) });
    expect(answer.status).toBe(dialect === 'openai' ? errorTable[code].status : 200);
  });

  it.each(forms)('comes back in the queue as %s', async (form) => {
    upstream().tell({ body });
    expect(await gateway(through).answer(form)).toMatchObject({ end: 'returned', code });
  });
});

describe.each(midStream.filter(({ through, code }) => through !== 'chat' && errorTable[code].continuesStream))(
  'a rescued stream that ends in $name',
  ({ through, body }) => {
    it.each(dialects)('goes on for a caller of %s', async (dialect) => {
      const rest = through === 'v1' ? frame(0, ' return n', true) : chunk(' return n', 'stop') + done;
      upstream().tell({ body }, { body: rest });
      const answer = await gateway(through).ask({ dialect, stream: true, headers: { 'x-stream-rescue': '1' } });
      expect(readAnswer(answer, dialect)).toMatchObject({
        text: 'def fib(n): return n',
        code: undefined,
        isWhole: true,
      });
      expect(upstream().asked()[1]).toMatchObject({ prompt: 'defdef fib(n):' });
    });
  },
);

describe('a good end', () => {
  it.each(['stop', 'eos', 'eos_token', 'stop_sequence', 'end_turn', 'length', 'max_tokens', 'model_length', 'STOP'])(
    '%s ends a text',
    async (reason) => {
      const isLong = /^(?:length|max_tokens|model_length)$/.test(reason);
      const expected = {
        'qianfan-v1': isLong ? '"is_truncated":true' : undefined,
        openai: `"finish_reason":"${isLong ? 'length' : 'stop'}"`,
      };
      for (const dialect of dialects) {
        for (const stream of [true, false]) {
          upstream().tell({ body: stream ? begun + chunk('', reason) + done : whole('def fib(n):', reason) });
          const answer = await gateway('completions').ask({ dialect, stream });
          expect(readAnswer(answer, dialect)).toMatchObject({ text: 'def fib(n):', isWhole: true });
          const [said] = /"finish_reason":"\w+"|"is_truncated":true/.exec(answer.text) ?? [];
          expect(said).toBe(expected[dialect]);
        }
      }
    },
  );
});
